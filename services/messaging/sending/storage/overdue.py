"""Make deferred rows due after the database's clock was set back.

The clock was ahead when the rows were deferred, so their times are too late.
"""

from sqlalchemy import text

from services.messaging.accounts.storage import number_purchases, subaccounts
from services.messaging.sending.storage import lookups, scheduled_turns

MAKE_DUE = (
    # Messages that wait for a sending window are deferred again when they are claimed.
    text("""
    UPDATE sms_messages SET next_step_at = now()
    WHERE status = 'pending' AND charged AND next_step_at > now() AND next_step_at < 'infinity'
    """),
    # A sender may still be sending the message, so its lease begins again.
    text("""
    UPDATE sms_messages SET next_step_at = now() + (next_step_at - attempted_at),
      attempted_at = now()
    WHERE status = 'sending' AND attempted_at > now()
    """),
    text("""
    UPDATE sms_messages SET next_step_at = now() WHERE status = 'unknown' AND next_step_at > now()
    """),
    # The message counts as unknown from now on. Otherwise it could be sent again only after the
    # clock has passed the wrong time. Whether its lease had expired does not change.
    text("""
    UPDATE sms_messages SET status_updated_at = now(),
      attempted_at = now() - (status_updated_at - coalesce(attempted_at, created_at))
    WHERE status = 'unknown' AND status_updated_at > now()
    """),
    # Messages whose last report has a wrong time, or that would wait longer than any message does.
    text("""
    UPDATE sms_messages SET next_step_at = now()
    WHERE status IN ('queued', 'sent') AND next_step_at > now()
      AND (status_updated_at > now() OR next_step_at > now() + interval '6 hours')
    """),
    text("""
    UPDATE twilio_subaccounts SET setup_lease_until = now() + make_interval(secs => :lease)
    WHERE setup_lease_until > now() + make_interval(secs => :lease)
    """).bindparams(lease=subaccounts.LEASE_SECONDS),
    text("""
    UPDATE phone_lookups SET lease_until = now() + make_interval(secs => :lease)
    WHERE charge_id IS NOT NULL AND lease_until > now() + make_interval(secs => :lease)
    """).bindparams(lease=lookups.LEASE_SECONDS),
    text("""
    UPDATE number_purchases SET lease_until = now() + make_interval(secs => :lease)
    WHERE lease_until > now() + make_interval(secs => :lease)
    """).bindparams(lease=number_purchases.LEASE_SECONDS),
    text("""
    UPDATE scheduled_sends SET due_at = greatest(send_at, now())
    WHERE status = 'scheduled' AND due_at > greatest(send_at, now())
    """),
    text("""
    UPDATE scheduled_sends SET due_at = now() + make_interval(secs => :lease)
    WHERE status = 'sending' AND due_at > now() + make_interval(secs => :lease)
    """).bindparams(lease=scheduled_turns.LEASE_SECONDS),
    text("UPDATE a2p_brand SET next_step_at = now() WHERE next_step_at > now()"),
    text("UPDATE a2p_campaign SET next_step_at = now() WHERE next_step_at > now()"),
)
"""SQL that makes deferred rows due after the clock was set back (`Parts.make_due`)."""
