"""What waits for a time to come, made due after the database's clock was set back.

It had been put off by a clock that was ahead, and would wait for as long as that was.
"""

from sqlalchemy import text

PUT_OFF = (
    # Whoever had a lease finds it gone; a turn that is taken twice plans nobody twice.
    text("""
    UPDATE sms_campaigns SET next_plan_at = now(), lease_token = NULL, lease_until = NULL
    WHERE status = 'running' AND (next_plan_at > now() OR lease_until > now())
    """),
)
"""Statements for ``Parts.put_off``."""
