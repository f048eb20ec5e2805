"""Make deferred rows due after the database's clock was set back.

While the clock was ahead, it deferred these rows for too long.
"""

from sqlalchemy import text

MAKE_DUE = (
    # A worker that still runs the job learns that it lost the lease when it stores its progress.
    text("""
    UPDATE import_jobs SET leased_until = now()
    WHERE status IN ('pending', 'running') AND leased_until > now()
    """),
    text("""
    UPDATE bulk_changes SET leased_until = now()
    WHERE status IN ('pending', 'running') AND leased_until > now()
    """),
)
"""SQL that makes deferred rows due after the clock was set back (``Parts.make_due``)."""
