"""The command `smsblaster-admin`: what operators do from a terminal."""
