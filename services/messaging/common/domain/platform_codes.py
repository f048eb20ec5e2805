"""The error codes that the platform itself gives to messages. Twilio's codes have five digits."""

TEXT_EXPIRED = 100_001
"""The message could not be handed over within the time that the customer allowed."""
SENDER_RELEASED = 100_002
"""The organisation no longer has the phone number to send the message from."""
