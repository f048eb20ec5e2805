"""Make campaigns due that a clock of the database that was ahead had put off."""

from sqlalchemy import text

PUT_OFF = (
    # Planners lose their leases. A turn that is taken twice plans nobody twice.
    text("""
    UPDATE sms_campaigns SET next_plan_at = now(), lease_token = NULL, lease_until = NULL
    WHERE status = 'running' AND (next_plan_at > now() OR lease_until > now())
    """),
)
"""Statements for ``Parts.put_off``."""
