"""Make campaigns due again after the database's clock was set back."""

from sqlalchemy import text

MAKE_DUE = (
    # Planners lose their leases. Even if a turn is taken twice, no recipient is planned twice.
    text("""
    UPDATE sms_campaigns SET next_plan_at = now(), lease_token = NULL, lease_until = NULL
    WHERE status = 'running' AND (next_plan_at > now() OR lease_until > now())
    """),
)
"""SQL that makes deferred rows due after the clock was set back (``Parts.make_due``)."""
