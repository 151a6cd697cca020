"""The command line: `mfa-monitor`. One module per command; decides nothing, shows everything."""
