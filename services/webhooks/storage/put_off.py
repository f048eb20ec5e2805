"""What waits for a time to come, made due after the database's clock was set back.

It had been put off by a clock that was ahead, and would wait for as long as that was.
"""

from sqlalchemy import text

PUT_OFF = (
    text("""
    UPDATE webhook_logs SET next_attempt_at = now()
    WHERE processed_at IS NULL AND next_attempt_at > now()
    """),
)
"""Statements for ``Parts.put_off``."""
