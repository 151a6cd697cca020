"""The ways in when there is no Functions host: files, the inbox directory, HTTP."""
