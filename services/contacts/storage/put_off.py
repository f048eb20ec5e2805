"""What waits for a time to come, made due after the database's clock was set back.

It had been put off by a clock that was ahead, and would wait for as long as that was.
"""

from sqlalchemy import text

PUT_OFF = (
    # Who works on it finds out when it notes how far it has come.
    text("""
    UPDATE import_jobs SET leased_until = now()
    WHERE status IN ('pending', 'running') AND leased_until > now()
    """),
)
"""Statements for ``Parts.put_off``."""
