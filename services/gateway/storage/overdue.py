"""Make deferred rows due after the database's clock was set back.

Their due times come from a clock that was ahead, so they would wait too long.
"""

from sqlalchemy import text

MAKE_DUE = (
    text("""
    UPDATE mails SET due_at = now()
    WHERE sent_at IS NULL AND given_up_at IS NULL AND due_at > now()
    """),
    text("""
    UPDATE erasures SET next_step_at = now() WHERE finished_at IS NULL AND next_step_at > now()
    """),
    text("""
    UPDATE closings SET next_step_at = now() WHERE finished_at IS NULL AND next_step_at > now()
    """),
)
"""SQL that makes deferred rows due after the clock was set back (``Parts.make_due``)."""
