"""Make the parts of the dashboard from the responses of the services."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.gateway.domain.users import User
from smsblaster.billing.v1.balance_pb2 import Balance
from smsblaster.billing.v1.settings_pb2 import BillingSettings
from smsblaster.campaigns.v1.overview_pb2 import CampaignOverview
from smsblaster.contacts.v1.contacts_pb2 import ListContactsResponse
from smsblaster.dashboard.v1 import dashboard_pb2
from smsblaster.messaging.v1.a2p_pb2 import RegistrationStatus
from smsblaster.messaging.v1.analytics_pb2 import Usage, UsageBucket
from smsblaster.messaging.v1.numbers_pb2 import ListNumbersResponse
from smsblaster.messaging.v1.threads_pb2 import ListThreadsResponse

_WEEK = 7

Part = dashboard_pb2.DashboardPart


@dataclass(frozen=True, slots=True)
class Facts:
    """The responses of the services. A field is None if its service could not be asked.

    `is_test` is whether the caller is in test mode.
    """

    user: User | None
    campaigns: CampaignOverview | None
    usage: Usage | None
    balance: Balance | None
    billing_settings: BillingSettings | None
    conversations: ListThreadsResponse | None
    registration: RegistrationStatus | None
    numbers: ListNumbersResponse | None
    contacts: ListContactsResponse | None
    has_delivered: bool | None
    is_test: bool = False


def failed(shown: dashboard_pb2.Dashboard) -> Sequence[Part.ValueType]:
    """Return the parts of the dashboard that are missing because a service could not be asked."""
    there = {
        Part.DASHBOARD_PART_CAMPAIGNS: shown.HasField("campaigns"),
        Part.DASHBOARD_PART_USAGE: shown.HasField("week"),
        Part.DASHBOARD_PART_BALANCE: shown.HasField("balance"),
        Part.DASHBOARD_PART_CONVERSATIONS: shown.HasField("conversations"),
        Part.DASHBOARD_PART_REGISTRATION: shown.HasField("registration"),
        Part.DASHBOARD_PART_TOTALS: shown.HasField("totals"),
        Part.DASHBOARD_PART_ONBOARDING: shown.HasField("onboarding"),
    }
    return [part for part, is_there in there.items() if not is_there]


def week(usage: Usage | None, weeks_ago: int) -> dashboard_pb2.UsageSum | None:
    """Return the sum of the last seven days, or of the seven days `weeks_ago` weeks earlier."""
    if usage is None:
        return None
    end = len(usage.items) - weeks_ago * _WEEK
    return _sum(usage.items[max(0, end - _WEEK) : end])


def days(usage: Usage | None) -> Sequence[dashboard_pb2.UsageDay]:
    """Return the usage of each day, oldest first."""
    if usage is None:
        return []
    return [
        dashboard_pb2.UsageDay(day_start=bucket.bucket_start, sum=_sum([bucket]))
        for bucket in usage.items
    ]


def _sum(buckets: Iterable[UsageBucket]) -> dashboard_pb2.UsageSum:
    total = dashboard_pb2.UsageSum()
    for bucket in buckets:
        total.sent += bucket.sent_count
        total.delivered += bucket.delivered_count
        total.failed += bucket.failed_count
        total.received += bucket.received_count
        total.spent_cents += bucket.spent_cents
    return total


def balance(facts: Facts) -> dashboard_pb2.DashboardBalance | None:
    """Return the balance, and how long it lasts at the pace of the last seven days."""
    found, settings = facts.balance, facts.billing_settings
    if found is None or settings is None:
        return None
    pace = week(facts.usage, 0)
    spent = pace.spent_cents if pace else 0
    return dashboard_pb2.DashboardBalance(
        balance_cents=found.balance_cents,
        payer=found.payer,
        total_balance_cents=found.total_balance_cents,
        currency=found.currency,
        days_left=found.total_balance_cents * _WEEK // spent if spent > 0 else None,
        min_balance_cents=settings.min_balance_cents,
    )


def conversations(
    found: ListThreadsResponse | None,
) -> dashboard_pb2.WaitingConversations | None:
    """Return the conversations with unread messages, as the dashboard shows them."""
    if found is None:
        return None
    return dashboard_pb2.WaitingConversations(unread_messages=found.total_unread, items=found.items)


def registration(found: RegistrationStatus | None) -> dashboard_pb2.DashboardRegistration | None:
    """Return the states of the registrations with the US carriers."""
    if found is None:
        return None
    return dashboard_pb2.DashboardRegistration(
        registered=found.registered,
        brand=found.brand.status if found.HasField("brand") else None,
        campaign=found.campaigns[0].status if found.campaigns else None,
    )


def totals(
    contacts: ListContactsResponse | None, numbers: ListNumbersResponse | None
) -> dashboard_pb2.DashboardTotals | None:
    """Return how many contacts and phone numbers the organisation has."""
    if contacts is None or numbers is None:
        return None
    return dashboard_pb2.DashboardTotals(
        contacts=contacts.total,
        contacts_capped=not contacts.total_is_exact,
        numbers=len(numbers.items),
    )
