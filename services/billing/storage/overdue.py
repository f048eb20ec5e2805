"""Make deferred rows due after the database's clock was set back.

While the clock was ahead, it deferred these rows for too long.
"""

from sqlalchemy import text

MAKE_DUE = (
    # An alert that was never tried stays due 24 hours after the alert before it.
    text("""
    UPDATE notifications SET due_at = now()
    WHERE sent_at IS NULL AND attempts > 0 AND due_at > now()
    """),
    text("UPDATE automatic_topups SET due_at = now() WHERE due_at > now()"),
    text("UPDATE seal_blocks SET checked_at = now() WHERE checked_at > now()"),
)
"""SQL that makes deferred rows due after the clock was set back (``Parts.make_due``)."""
