"""What waits for a time to come, made due after the database's clock was set back.

It had been put off by a clock that was ahead, and would wait for as long as that was.
"""

from sqlalchemy import text

PUT_OFF = (
    text("""
    UPDATE mails SET due_at = now()
    WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at > now()
    """),
)
"""Statements for ``Parts.put_off``."""
