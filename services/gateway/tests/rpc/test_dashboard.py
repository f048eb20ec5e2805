"""The dashboard is made of parts, each of which may be missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from servicekit.ids import new_id
from services.gateway.domain.onboarding import Facts as Steps
from services.gateway.domain.onboarding import Review, steps_of
from services.gateway.domain.users import User
from services.gateway.rpc import dashboard_parts as parts
from services.gateway.rpc.dashboard_onboarding import onboarding
from services.gateway.rpc.dashboard_parts import Facts
from services.gateway.rpc.dashboard_tasks import tasks
from services.gateway.tests.members import Client, Member
from smsblaster.billing.v1 import balance_pb2, settings_pb2
from smsblaster.campaigns.v1 import overview_pb2
from smsblaster.contacts.v1 import contacts_pb2
from smsblaster.dashboard.v1 import dashboard_pb2
from smsblaster.messaging.v1 import a2p_pb2, analytics_pb2, numbers_pb2, threads_pb2

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def a_user(**changes: Any) -> User:
    values: dict[str, Any] = {
        "id": new_id(),
        "org_id": new_id(),
        "org_name": "Acme",
        "email": "ann@example.com",
        "name": "Ann",
        "phone": None,
        "role": "owner",
        "is_operator": False,
        "is_active": True,
        "twilio_sub_account_sid": "AC1",
        "email_verified_at": NOW,
        "created_at": NOW,
        "version": 1,
        "column_versions": {},
    }
    return User(**{**values, **changes})


def facts(**changes: Any) -> Facts:
    values: dict[str, Any] = {
        "user": a_user(),
        "campaigns": overview_pb2.CampaignOverview(),
        "usage": usage(*[1] * 30),
        "balance": balance_pb2.Balance(balance_cents=140, total_balance_cents=140, currency="usd"),
        "billing_settings": settings_pb2.BillingSettings(),
        "conversations": threads_pb2.ListThreadsResponse(total_unread=3),
        "registration": a2p_pb2.RegistrationStatus(registered=True),
        "numbers": numbers_pb2.ListNumbersResponse(items=[numbers_pb2.PhoneNumber()]),
        "contacts": contacts_pb2.ListContactsResponse(total=9),
        "has_delivered": True,
    }
    return Facts(**{**values, **changes})


def usage(*sent: int) -> analytics_pb2.Usage:
    """Return a usage report with a day for each count of sent messages, which cost 2 cents each."""
    return analytics_pb2.Usage(
        items=[analytics_pb2.UsageBucket(sent_count=n, spent_cents=2 * n) for n in sent]
    )


def kinds(found: Facts) -> list[int]:
    return [task.kind for task in tasks(found)]


def test_without_any_service_the_dashboard_is_returned_with_all_parts_listed_as_missing(
    client: Client, member: Member
) -> None:
    answer = client.get("/api/dashboard", headers=member.headers)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert "balance" in shown["failedParts"]
    assert shown["balance"] is None
    assert [task["kind"] for task in shown["tasks"]] == ["email_not_verified"]


def test_the_dashboard_needs_a_sign_in(client: Client) -> None:
    assert client.get("/api/dashboard").status_code == 401


def test_the_dashboard_compares_a_week_with_the_week_before() -> None:
    found = usage(*[100] * 16, *[2] * 7, *[3] * 7)
    week, before = parts.week(found, 0), parts.week(found, 1)
    assert week is not None
    assert before is not None
    assert (week.sent, before.sent) == (21, 14)
    assert len(parts.days(found)) == 30


def test_how_long_the_balance_lasts_is_computed_from_the_usage_of_the_last_week() -> None:
    shown = parts.balance(facts())
    assert shown is not None
    assert shown.days_left == 70  # 2 cents a day
    quiet = parts.balance(facts(usage=usage(*[5] * 23, *[0] * 7)))
    assert quiet is not None
    assert not quiet.HasField("days_left")


def test_a_part_of_the_dashboard_that_is_missing_hides_only_values_that_depend_on_it() -> None:
    found = facts(usage=None)
    shown = parts.balance(found)
    assert shown is not None
    assert not shown.HasField("days_left")
    assert onboarding(found) is not None
    assert onboarding(facts(contacts=None)) is None


def test_without_problems_the_dashboard_shows_no_tasks() -> None:
    assert kinds(facts()) == []


@pytest.mark.parametrize(("cents", "minimum", "wanted"), [(0, 0, 1), (99, 100, 1), (100, 100, 0)])
def test_a_low_balance_is_a_task(cents: int, minimum: int, wanted: int) -> None:
    found = facts(
        balance=balance_pb2.Balance(total_balance_cents=cents),
        billing_settings=settings_pb2.BillingSettings(min_balance_cents=minimum),
    )
    assert kinds(found) == [dashboard_pb2.TASK_KIND_LOW_BALANCE] * wanted


def test_a_paused_campaign_is_a_task_if_the_platform_paused_it_and_not_if_a_user_did() -> None:
    paused = [
        overview_pb2.CampaignProgress(id="1", name="A", status_reason="failure_rate"),
        overview_pb2.CampaignProgress(id="2", name="B"),
    ]
    left = [overview_pb2.CampaignProgress(id="3", name="C", status_reason="member_removed")]
    overview = overview_pb2.CampaignOverview(
        paused=overview_pb2.CampaignGroup(total=2, items=paused),
        left_by_removed_members=overview_pb2.CampaignGroup(total=1, items=left),
    )
    found = tasks(facts(campaigns=overview))
    assert [(task.kind, task.campaign_id) for task in found] == [
        (dashboard_pb2.TASK_KIND_CAMPAIGN_PAUSED, "1"),
        (dashboard_pb2.TASK_KIND_CAMPAIGN_LEFT, "3"),
    ]


def test_a_rejected_registration_is_a_task() -> None:
    rejected = a2p_pb2.Brand(status=a2p_pb2.REVIEW_STATUS_FAILED)
    found = facts(registration=a2p_pb2.RegistrationStatus(brand=rejected))
    assert kinds(found) == [dashboard_pb2.TASK_KIND_REGISTRATION_REJECTED]


@pytest.mark.parametrize(
    ("review", "state"),
    [
        (None, "todo"),
        (Review("pending", NOW - timedelta(days=1)), "waiting"),
        (Review("failed"), "blocked"),
        (Review("approved"), "todo"),
    ],
)
def test_onboarding_waits_while_the_carriers_review_a_registration(
    review: Review | None, state: str
) -> None:
    steps = steps_of(
        Steps(
            email_verified=True,
            has_account=True,
            has_money=False,
            has_number=True,
            is_registered=False,
            review=review,
            has_contacts=True,
            has_delivered=False,
        )
    )
    states = {step.kind: step.state for step in steps}
    assert states["registration"] == state
    assert states["balance"] == "todo"
    assert states["email"] == "done"


def test_in_test_mode_the_onboarding_needs_no_twilio_subaccount() -> None:
    without_account = a_user(twilio_sub_account_sid=None)
    for is_test in (False, True):
        shown = onboarding(facts(user=without_account, is_test=is_test))
        assert shown is not None
        assert shown.complete is is_test


def test_onboarding_is_complete_when_all_steps_are_done() -> None:
    shown = onboarding(facts())
    assert shown is not None
    assert shown.complete
