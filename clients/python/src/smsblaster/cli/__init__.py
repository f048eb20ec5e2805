"""The command line `smsblaster`."""
