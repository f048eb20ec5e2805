"""Error codes of messages that the platform gives itself. Twilio's codes have five digits."""

SENDER_RELEASED = 100_002
"""The number that was to send the message is no longer the organisation's."""
