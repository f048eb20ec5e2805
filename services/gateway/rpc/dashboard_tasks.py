"""List what somebody in the organisation has to decide, from the responses of the services."""

from collections.abc import Iterator, Sequence

from services.gateway.rpc.dashboard_parts import Facts
from smsblaster.campaigns.v1.overview_pb2 import CampaignOverview
from smsblaster.dashboard.v1 import dashboard_pb2
from smsblaster.messaging.v1 import a2p_pb2

Kind = dashboard_pb2.TaskKind

_REFUSED = frozenset({a2p_pb2.REVIEW_STATUS_FAILED, a2p_pb2.REVIEW_STATUS_SUSPENDED})


def tasks(facts: Facts) -> Sequence[dashboard_pb2.DashboardTask]:
    """Return what users of the organisation should do next, the most urgent task first."""
    return [
        *_email(facts),
        *_registration(facts.registration),
        *_campaigns(facts.campaigns),
        *_balance(facts),
    ]


def _task(
    kind: Kind.ValueType, message: str, campaign_id: str | None = None
) -> dashboard_pb2.DashboardTask:
    return dashboard_pb2.DashboardTask(kind=kind, message=message, campaign_id=campaign_id)


def _email(facts: Facts) -> Iterator[dashboard_pb2.DashboardTask]:
    if facts.user and facts.user.email_verified_at is None:
        message = "Your email address is not verified. Follow the link in the email that we sent."
        yield _task(Kind.TASK_KIND_EMAIL_NOT_VERIFIED, message)


def _registration(
    found: a2p_pb2.RegistrationStatus | None,
) -> Iterator[dashboard_pb2.DashboardTask]:
    if found is None or found.registered:
        return
    states = [found.brand.status, *(campaign.status for campaign in found.campaigns[:1])]
    if _REFUSED.intersection(states):
        message = (
            "The US carriers rejected or suspended your registration. Read the reasons, correct the"
            " details and resubmit."
        )
        yield _task(Kind.TASK_KIND_REGISTRATION_REJECTED, message)


def _campaigns(found: CampaignOverview | None) -> Iterator[dashboard_pb2.DashboardTask]:
    if found is None:
        return
    for campaign in found.paused.items:
        if campaign.HasField("status_reason"):
            message = f"{campaign.name} is paused. {campaign.status_message}"
            yield _task(Kind.TASK_KIND_CAMPAIGN_PAUSED, message, campaign.id)
    for campaign in found.left_by_removed_members.items:
        message = f"{campaign.name} is no longer scheduled. {campaign.status_message}"
        yield _task(Kind.TASK_KIND_CAMPAIGN_LEFT, message, campaign.id)


def _balance(facts: Facts) -> Iterator[dashboard_pb2.DashboardTask]:
    balance, settings = facts.balance, facts.billing_settings
    if balance is None or settings is None:
        return
    if balance.total_balance_cents < max(settings.min_balance_cents, 1):
        used_up = balance.total_balance_cents == 0
        state = "is used up" if used_up else "is below the minimum in your billing settings"
        yield _task(Kind.TASK_KIND_LOW_BALANCE, f"Your balance {state}. Add funds to keep sending.")
