"""Organisations set when they are alerted about a low balance, and who is alerted."""

from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict

from servicekit.errors import Forbidden, InvalidInput, PreconditionFailed
from services.billing.tests.member import Member
from tests.fixtures.running import Person


async def test_alerts_are_off_by_default(member: Member) -> None:
    settings = await member.settings()
    assert (settings.min_balance_cents, list(settings.notify_emails)) == (0, [])
    assert not settings.HasField("sms_alert_to")
    assert not settings.HasField("updated_at")


async def test_settings_are_visible_to_members_only(member: Member, stranger: Member) -> None:
    answer = await member.set(
        min_balance_cents=500, notify_emails=["a@example.com"], sms_alert_to="(415) 555-0142"
    )
    assert (answer.min_balance_cents, answer.sms_alert_to) == (500, "+14155550142")
    assert answer.HasField("updated_at")
    colleague = replace(member, person=Person(member.person.org_id, roles=frozenset({"member"})))
    assert await colleague.settings() == answer
    assert (await stranger.settings()).min_balance_cents == 0


async def test_new_settings_replace_all_old_ones(member: Member) -> None:
    await member.set(min_balance_cents=5, notify_emails=["a@x.test"], sms_alert_to="+14155550142")
    answer = await member.set(min_balance_cents=0, sms_alert_to="")
    assert (answer.min_balance_cents, list(answer.notify_emails)) == (0, [])
    assert not answer.HasField("sms_alert_to")


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({}, "minBalanceCents"),
        ({"min_balance_cents": -1}, "minBalanceCents"),
        ({"min_balance_cents": 100_000_001}, "minBalanceCents"),
        ({"min_balance_cents": 1, "notify_emails": ["nobody"]}, "notifyEmails[0]"),
        ({"min_balance_cents": 1, "notify_emails": ["a@localhost"]}, "notifyEmails[0]"),
        ({"min_balance_cents": 1, "notify_emails": ["a@x.test"] * 2}, "notifyEmails"),
        (
            {"min_balance_cents": 1, "notify_emails": [f"{n}@x.test" for n in range(11)]},
            "notifyEmails",
        ),
        ({"min_balance_cents": 1, "sms_alert_to": "12"}, "smsAlertTo"),
        ({"min_balance_cents": 1, "sms_alert_to": "+18005551212"}, "smsAlertTo"),
    ],
)
async def test_invalid_settings_are_reported_and_change_nothing(
    member: Member, wanted: dict[str, Any], field: str
) -> None:
    before = await member.set(min_balance_cents=7)
    with pytest.raises(InvalidInput) as refusal:
        await member.set(**wanted)
    assert [fault.field for fault in refusal.value.fields] == [field]
    assert await member.settings() == before


async def test_only_owners_and_admins_change_settings(member: Member) -> None:
    plain = replace(member, person=replace(member.person, roles=frozenset({"member"})))
    with pytest.raises(Forbidden):
        await plain.set(min_balance_cents=1)
    assert (await member.settings()).min_balance_cents == 0


async def test_a_settings_change_is_in_the_audit_log(member: Member) -> None:
    await member.set(min_balance_cents=500, notify_emails=["a@example.com"])
    [entry] = await member.audit_entries()
    assert (entry.action, entry.actor_user_id) == (
        "billing_settings_changed",
        str(member.person.user_id),
    )
    assert MessageToDict(entry.meta) == {
        "min_balance_cents": 500,
        "notify_emails": ["a@example.com"],
        "sms_alert_to": None,
        "payer": "member",
    }


async def test_settings_that_somebody_changed_since_they_were_read_are_not_replaced(
    member: Member,
) -> None:
    unset = await member.settings()
    first = await member.set(min_balance_cents=5, if_version=unset.version)
    with pytest.raises(PreconditionFailed) as refusal:
        await member.set(min_balance_cents=6, if_version=unset.version)
    changed = ["minBalanceCents", "notifyEmails", "payer", "smsAlertTo"]
    assert refusal.value.facts == {"version": first.version, "changedFields": changed}
    second = await member.set(
        min_balance_cents=5, notify_emails=["a@x.test"], if_version=first.version
    )
    with pytest.raises(PreconditionFailed) as refusal:
        await member.set(min_balance_cents=7, if_version=first.version)
    expected = {"version": second.version, "changedFields": ["notifyEmails"]}
    assert refusal.value.facts == expected
    assert await member.settings() == second
