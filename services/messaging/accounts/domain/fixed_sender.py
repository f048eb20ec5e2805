"""The number that every test organisation sends from. It exists only on this platform."""

NUMBER = "+15005550006"
"""Twilio's own test credentials send from it too: no account owns it, and nobody can buy it."""

COUNTRY = "US"
CAPABILITIES = ("sms", "mms", "voice")
NAME = "Test mode"
