"""Alerts are listed newest first, for members of the organisation only."""

import pytest
from sqlalchemy import text

from servicekit.errors import InvalidInput
from services.billing.tests.member import Member
from smsblaster.billing.v1 import notifications_pb2

INSERT = text("""
INSERT INTO notifications (id, org_id, type, due_at, sent_at, payload)
SELECT uuidv7(), :org_id, 'low_balance', now(), CASE WHEN :sent THEN now() END,
  jsonb_build_object('org_name', 'Acme', 'balance_cents', CAST(:cents AS bigint),
    'min_balance_cents', 1000, 'currency', 'usd', 'emails', jsonb_build_array('a@x.test'),
    'sms_alert_to', NULL)
""")


async def notify(member: Member, cents: int, sent: bool = True) -> None:
    org_id = member.person.org_id
    async with member.database.org(org_id) as connection:
        await connection.execute(INSERT, {"org_id": org_id, "cents": cents, "sent": sent})


async def test_an_alert_is_listed_with_its_details(member: Member) -> None:
    await notify(member, 7)
    [item] = (await member.notifications()).items
    assert item.type == notifications_pb2.NOTIFICATION_TYPE_LOW_BALANCE
    assert item.HasField("sent_at")
    payload = item.payload
    assert (payload.balance_cents, payload.min_balance_cents, payload.currency) == (7, 1000, "usd")
    assert list(payload.emails) == ["a@x.test"]
    assert not payload.HasField("sms_alert_to")
    assert item.message == "Your balance is 0.07 USD, below your minimum of 10.00 USD. Add funds."


async def test_the_pages_of_a_list_contain_each_row_exactly_once(member: Member) -> None:
    for cents in (1, 2, 3):
        await notify(member, cents)
    first = await member.notifications(limit=2)
    second = await member.notifications(limit=2, cursor=first.next_cursor)
    found = [item.payload.balance_cents for item in (*first.items, *second.items)]
    assert found == [3, 2, 1]
    assert not second.HasField("next_cursor")


async def test_alerts_are_hidden_from_other_organisations(member: Member, stranger: Member) -> None:
    for cents in (1, 2):
        await notify(member, cents)
    assert not (await stranger.notifications()).items
    cursor = (await member.notifications(limit=1)).next_cursor
    with pytest.raises(InvalidInput, match="cursor"):
        await stranger.notifications(cursor=cursor)


@pytest.mark.parametrize("limit", [0, 201])
async def test_a_page_has_1_to_200_rows(member: Member, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        await member.notifications(limit=limit)
