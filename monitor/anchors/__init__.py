"""Others who vouch for checkpoints over the network: witnesses, and timestamp authorities."""
