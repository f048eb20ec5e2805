"""Twilio's error codes that decide what happens to a message."""

RECIPIENT_OPTED_OUT = 21610
"""Twilio's error code: the recipient has opted out."""
BAD_CREDENTIALS = 20003
"""Twilio does not accept the credentials; they may have been replaced a moment ago."""
ACCOUNT_SUSPENDED = 30002
"""The account that the message was sent from is suspended."""
QUEUE_FULL = 21611
"""Twilio's queue for the sending phone number is full. Another attempt later can succeed."""
