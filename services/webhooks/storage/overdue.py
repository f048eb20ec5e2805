"""Make deferred rows due after the database's clock was set back.

Their due times come from a clock that was ahead, so they would wait too long.
"""

from sqlalchemy import text

MAKE_DUE = (
    text("""
    UPDATE webhook_logs SET next_attempt_at = now()
    WHERE processed_at IS NULL AND next_attempt_at > now()
    """),
)
"""SQL that makes deferred rows due after the clock was set back (``Parts.make_due``)."""
