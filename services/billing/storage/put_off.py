"""What waits for a time to come, made due after the database's clock was set back.

It had been put off by a clock that was ahead, and would wait for as long as that was.
"""

from sqlalchemy import text

PUT_OFF = (
    # Those that were never tried wait for the day after the last one.
    text("""
    UPDATE notifications SET due_at = now()
    WHERE sent_at IS NULL AND attempts > 0 AND due_at > now()
    """),
    text("UPDATE seal_blocks SET checked_at = now() WHERE checked_at > now()"),
)
"""Statements for ``Parts.put_off``."""
