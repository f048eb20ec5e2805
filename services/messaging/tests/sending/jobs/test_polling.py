"""Polling finds out the status that Twilio has when every callback is lost.

(The callbacks of these tests go to an address where nobody listens.)
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from servicekit.db.database import Database
from services.messaging.sending.storage import counts
from services.messaging.tests.attendees import Event
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import messages_pb2
from tests.fixtures.waiting import wait_until

UNREACHABLE = "+14155553003"


async def test_polling_finds_a_delivered_message(organisation: Organisation) -> None:
    message = await organisation.send(phone(1))
    await organisation.pass_seconds(message.id)

    async def delivered() -> bool:
        return await organisation.status(message.id) == "delivered"

    await wait_until(delivered)
    detail = await organisation.detail(message.id)
    assert detail.message.from_number
    assert "delivered" in [e.event_type for e in detail.timeline]


async def test_polling_finds_an_undelivered_message_and_its_error(
    organisation: Organisation,
) -> None:
    message = await organisation.send(UNREACHABLE)
    await organisation.pass_seconds(message.id)

    async def undelivered() -> bool:
        return await organisation.status(message.id) == "undelivered"

    await wait_until(undelivered)
    assert (await organisation.detail(message.id)).message.error_code == 30003


@pytest.mark.parametrize("status", ["queued", "sent"])
async def test_a_message_without_reports_for_twelve_hours_is_polled_at_once(
    organisation: Organisation, status: str
) -> None:
    event = Event(organisation)
    [message_id] = await event.notify([phone(1)])
    await age(event, message_id, status)
    await wait_until(lambda: organisation.is_now(message_id, "delivered"))
    [row] = await event.rows(
        "SELECT raw_payload, created_at FROM sms_messages WHERE id = :id AND org_id = :org_id",
        id=message_id,
    )
    assert (row["raw_payload"]["source"], row["raw_payload"]["MessageStatus"]) == (
        "poll",
        "delivered",
    )
    assert datetime.now(UTC) - row["created_at"] > timedelta(hours=12)


async def test_an_unknown_message_is_found_after_twelve_hours(
    organisation: Organisation,
) -> None:
    event = Event(organisation)
    [message_id] = await event.notify([phone(2)], "Only once")
    sid = await event.sid(message_id)
    await age(event, message_id, "unknown")
    await wait_until(lambda: organisation.is_now(message_id, "delivered"))
    assert await event.sid(message_id) == sid
    assert len(organisation.provider()) == 1


async def test_a_message_that_was_sent_to_another_format_of_the_number_is_found_and_not_sent_again(
    organisation: Organisation,
) -> None:
    event = Event(organisation)
    [message_id] = await event.notify(["+525512345678"], "Only once")
    sid = await event.sid(message_id)
    await event.execute(
        "UPDATE sms_messages SET to_number = '+5215512345678' WHERE id = :id AND org_id = :org_id",
        id=message_id,
    )
    await age(event, message_id, "unknown")
    await wait_until(lambda: organisation.is_now(message_id, "delivered"))
    assert await event.sid(message_id) == sid
    assert len(organisation.provider()) == 1


async def test_a_message_that_is_known_only_from_a_callback_is_polled_too(
    organisation: Organisation,
) -> None:
    event = Event(organisation)
    [message_id] = await event.notify([phone(3)])
    sid = await event.sid(message_id)
    await event.execute(
        "DELETE FROM sms_messages WHERE id = :id AND org_id = :org_id", id=message_id
    )
    await organisation.callback(message_id, sid, "queued", To=phone(3))
    await wait_until(lambda: organisation.is_now(message_id, "delivered"))


@pytest.mark.parametrize("repeats", [1, 3])
async def test_a_stop_text_whose_webhook_was_lost_opts_out(
    organisation: Organisation, repeats: int
) -> None:
    message = await organisation.send(phone(2))
    sender = await _sender_of(organisation, message)
    for _ in range(repeats):
        _text(organisation, phone(2), sender, "STOP")

    async def heard() -> bool:
        found = await organisation.conversations()
        return [t.unread_count for t in found if t.phone == phone(2)] == [repeats]

    await wait_until(heard)
    batch = await organisation.send_batch([phone(2), phone(3)])
    assert [e.code for e in batch.errors] == ["opted_out"]


async def test_messages_are_sent_although_their_send_job_was_lost(
    organisation: Organisation, database: Database
) -> None:
    campaign = uuid4()
    await organisation.hold(campaign, True)
    await organisation.submit(campaign, [phone(n) for n in range(500, 505)])
    org_id = organisation.person.org_id
    async with database.org(org_id) as connection:  # release, and wake no sender
        await counts.hold(connection, org_id, campaign, counts.Hold(False, True, None))

    async def sent() -> bool:
        return len(organisation.provider()) == 5

    await wait_until(sent)


async def age(event: Event, message_id: str, status: str) -> None:
    """Move a message's times back, as if it had no report for twelve hours.

    If its status is `unknown`, also remove its SID.
    """
    await event.execute(
        "UPDATE sms_messages SET status = :status, delivered_at = NULL,"
        " provider_sid = CASE WHEN :status = 'unknown' THEN NULL ELSE provider_sid END,"
        " created_at = created_at - interval '12 hours',"
        " attempted_at = attempted_at - interval '12 hours',"
        " next_step_at = now() - interval '11 hours'"
        " WHERE id = :id AND org_id = :org_id",
        id=message_id,
        status=status,
    )


async def _sender_of(organisation: Organisation, message: messages_pb2.Message) -> str:
    await organisation.pass_seconds(message.id)

    async def sender() -> str:
        return (await organisation.detail(message.id)).message.from_number

    return await wait_until(sender)


def _text(organisation: Organisation, from_: str, to: str, body: str) -> None:
    answer = httpx.post(
        f"{organisation.simulator.url}/sim/inbound", json={"from": from_, "to": to, "body": body}
    )
    answer.raise_for_status()
