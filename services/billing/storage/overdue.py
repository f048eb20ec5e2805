"""Make deferred rows due after the database's clock was set back.

A clock that was ahead deferred them too long.
"""

from sqlalchemy import text

MAKE_DUE = (
    # Alerts that were never tried are due 24 hours after the last one and stay so.
    text("""
    UPDATE notifications SET due_at = now()
    WHERE sent_at IS NULL AND attempts > 0 AND due_at > now()
    """),
    text("UPDATE seal_blocks SET checked_at = now() WHERE checked_at > now()"),
)
"""Statements for ``Parts.make_due``."""
