"""The ledger's store in a container of Azure Blob storage."""
