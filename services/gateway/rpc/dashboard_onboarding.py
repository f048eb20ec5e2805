"""Compute the onboarding steps from the responses of the services."""

from datetime import UTC

from servicekit.rpc.messages import enum_name, fill
from services.gateway.domain import onboarding as rules
from services.gateway.domain.onboarding import Review, steps_of
from services.gateway.rpc.dashboard_parts import Facts
from smsblaster.dashboard.v1 import dashboard_pb2
from smsblaster.messaging.v1 import a2p_pb2

_STATUS = a2p_pb2.ReviewStatus.DESCRIPTOR


def onboarding(facts: Facts) -> dashboard_pb2.Onboarding | None:
    """Return the onboarding steps, or None if a service that knows a fact could not be asked."""
    known = _known(facts)
    if known is None:
        return None
    steps = steps_of(known)
    return dashboard_pb2.Onboarding(
        complete=all(step.state == "done" for step in steps),
        steps=[fill(dashboard_pb2.OnboardingStep(), step) for step in steps],
    )


def _known(facts: Facts) -> rules.Facts | None:
    if (
        facts.user is None
        or facts.balance is None
        or facts.registration is None
        or facts.numbers is None
        or facts.contacts is None
        or facts.has_delivered is None
    ):
        return None
    return rules.Facts(
        email_verified=facts.user.email_verified_at is not None,
        has_account=facts.is_test or facts.user.twilio_sub_account_sid is not None,
        has_money=facts.balance.total_balance_cents > 0,
        has_number=bool(facts.numbers.items),
        is_registered=facts.registration.registered,
        review=_review(facts.registration),
        has_contacts=facts.contacts.total > 0,
        has_delivered=facts.has_delivered,
    )


def _review(found: a2p_pb2.RegistrationStatus) -> Review | None:
    """Return the review to show: that of the newest A2P campaign, or else that of the brand."""
    if found.campaigns:
        newest = found.campaigns[0]
        return Review(enum_name(_STATUS, newest.status), newest.submitted_at.ToDatetime(UTC))
    if found.HasField("brand"):
        since = found.brand.submitted_at.ToDatetime(UTC)
        return Review(enum_name(_STATUS, found.brand.status), since)
    return None
