"""azure-eventhub leaves the socket of a broken connection to the garbage collector."""

from tests.eventhub.leaks import let_the_client_leak_sockets

__all__ = ["let_the_client_leak_sockets"]
