"""Scheduled sends are sent once when their time has come, and only to those who may be texted."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from servicekit.errors import Conflict
from services.billing.tests.money import pay_in
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.conftest import Founding
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.scheduler import CANCELLED, FAILED, HELD, SCHEDULED, SENT, Scheduler
from services.messaging.tests.sending.rpc.test_quiet_hours import ask, window
from smsblaster.messaging.v1 import quiet_hours_pb2
from tests.fixtures.poison import poisoned, recorded, try_again
from tests.fixtures.waiting import wait_until


@pytest.fixture
def scheduler(organisation: Organisation) -> Scheduler:
    return Scheduler(organisation)


async def test_a_text_is_sent_and_charged_when_its_time_has_come(scheduler: Scheduler) -> None:
    organisation = scheduler.organisation
    before = await organisation.balance()
    message = await scheduler.text(phone(1), "On time")
    sent = await scheduler.sent(message.scheduled_id)
    [handed_over] = await wait_until(organisation.provider)
    assert (handed_over["to"], handed_over["body"]) == (phone(1), "On time")
    [message_id] = sent.message_ids
    assert (await organisation.detail(message_id)).message.body == "On time"
    assert (sent.scheduled.sent_count, sent.scheduled.waiting_count) == (1, 0)
    assert before - await organisation.balance() == message.price_cents == 1
    [conversation] = await organisation.conversations()
    assert conversation.last_message == "On time"


async def test_a_reply_is_sent_from_the_number_that_the_contact_wrote_to(
    scheduler: Scheduler,
) -> None:
    organisation, inbox = scheduler.organisation, Inbox(scheduler.organisation)
    number = await organisation.number()
    await organisation.text_in(phone(1), "Are you open?", To=number)
    reply = await scheduler.reply(await inbox.text_in(phone(1)), "Tomorrow")
    await scheduler.sent(reply.scheduled_id)
    [handed_over] = await wait_until(organisation.provider)
    assert (handed_over["from"], handed_over["body"]) == (number, "Tomorrow")
    [conversation] = (await inbox.conversations()).items
    assert (conversation.last_message, conversation.unread_count) == ("Tomorrow", 1)


async def test_recipients_of_a_batch_get_their_own_texts_when_its_time_has_come(
    scheduler: Scheduler,
) -> None:
    organisation = scheduler.organisation
    before = await organisation.balance()
    batch = await scheduler.texts(
        {"to": phone(1), "field": "recipients[0].to", "body": "a" * 200, "reference": "own"},
        {"to": phone(2), "field": "recipients[1].to", "metadata": {"seat": "7"}},
        reference="all",
    )
    await scheduler.sent(batch.scheduled_id)
    handed_over = await wait_until(lambda: len(organisation.provider()) == 2)
    assert handed_over
    assert {each["to"]: each["body"] for each in organisation.provider()} == {
        phone(1): "a" * 200,
        phone(2): "Later",
    }
    [first, second] = [
        (await organisation.detail(each)).message
        for each in (await scheduler.detail(batch.scheduled_id)).message_ids
    ]
    assert (first.reference, dict(first.metadata), first.price_cents) == ("own", {}, 2)
    assert (second.reference, dict(second.metadata)) == ("all", {"seat": "7"})
    assert before - await organisation.balance() == batch.price_cents == 3


async def test_a_person_who_opted_out_after_the_scheduling_is_not_texted(
    scheduler: Scheduler,
) -> None:
    organisation = scheduler.organisation
    before = await organisation.balance()
    batch = await scheduler.batch([phone(1), phone(2)])
    alone = await scheduler.text(phone(2))
    await organisation.text_in(phone(2), "STOP")
    sent = await scheduler.sent(batch.scheduled_id)
    assert [(e.to, e.code) for e in sent.errors] == [(phone(2), "opted_out")]
    assert (sent.scheduled.sent_count, sent.scheduled.refused_count) == (1, 1)
    await scheduler.let_come(alone.scheduled_id)
    failed = await scheduler.until(alone.scheduled_id, FAILED)
    assert [e.code for e in failed.errors] == ["opted_out"]
    handed_over = await wait_until(organisation.provider)
    assert [each["to"] for each in handed_over] == [phone(1)]
    assert before - await organisation.balance() == 1


async def test_a_text_without_balance_is_held_and_can_be_resumed_after_a_top_up(
    found: Founding,
) -> None:
    scheduler = Scheduler(await found(2))
    organisation = scheduler.organisation
    batch = await scheduler.batch([phone(n) for n in range(1, 5)])
    assert batch.price_cents == 4
    await scheduler.let_come(batch.scheduled_id)
    held = (await scheduler.until(batch.scheduled_id, HELD)).scheduled
    assert (held.status_reason, held.sent_count, held.waiting_count) == (
        "insufficient_balance",
        2,
        2,
    )
    assert "Add funds" in held.status_message
    assert await _audited(organisation, "scheduled_send_held") == 1
    await pay_in(organisation.billing_database, organisation.person, 100)
    await scheduler.resume(batch.scheduled_id)
    sent = await scheduler.until(batch.scheduled_id, SENT)
    assert len(set(sent.message_ids)) == 4
    await wait_until(lambda: len(organisation.provider()) == 4)
    assert await organisation.balance() == 98


async def test_recipients_in_quiet_hours_are_texted_when_their_quiet_hours_end(
    scheduler: Scheduler,
) -> None:
    organisation = scheduler.organisation
    patient = await scheduler.batch([phone(1)], respect_quiet_hours=True)
    plain = await scheduler.text(phone(2))
    closed = quiet_hours_pb2.UpdateQuietHoursRequest(enabled=True, windows=[closed_now()])
    await ask(organisation, closed)
    await scheduler.sent(plain.scheduled_id)
    await scheduler.let_come(patient.scheduled_id)

    async def deferred() -> Any:
        found = (await scheduler.detail(patient.scheduled_id)).scheduled
        return found if found.HasField("deferred_until") else None

    found = await wait_until(deferred)
    assert (found.status, found.waiting_count) == (SCHEDULED, 1)
    handed_over = await wait_until(organisation.provider)
    assert [each["to"] for each in handed_over] == [phone(2)]
    await ask(organisation, quiet_hours_pb2.UpdateQuietHoursRequest())
    await scheduler.sent(patient.scheduled_id)
    await wait_until(lambda: len(organisation.provider()) == 2)


async def test_a_scheduled_text_that_is_cancelled_while_it_is_sent_ends_as_cancelled_or_as_sent(
    scheduler: Scheduler,
) -> None:
    organisation = scheduler.organisation
    sends = [(await scheduler.text(phone(n))).scheduled_id for n in range(1, 9)]
    await asyncio.gather(*(scheduler.let_come(each) for each in sends))

    results = await asyncio.gather(
        *(scheduler.cancel(each) for each in sends), return_exceptions=True
    )
    assert {each.code for each in results if isinstance(each, Conflict)} <= {"already_sent"}
    answers = [not isinstance(each, Conflict) for each in results]
    for scheduled_id, was_cancelled in zip(sends, answers, strict=True):
        expected = CANCELLED if was_cancelled else SENT
        await scheduler.until(scheduled_id, expected)
    await wait_until(lambda: len(organisation.provider()) == answers.count(False))
    assert await organisation.balance() == 1000 - answers.count(False)


async def test_a_scheduled_send_interrupted_after_messages_were_accepted_sends_them_once(
    scheduler: Scheduler,
) -> None:
    organisation = scheduler.organisation
    batch = await scheduler.batch([phone(1), phone(2)])
    condition = f"NEW.id = '{batch.scheduled_id}' AND NEW.status = 'sent'"
    async with poisoned(organisation.database, "scheduled_sends", "UPDATE", condition):
        await scheduler.let_come(batch.scheduled_id)
        await wait_until(lambda: len(organisation.provider()) == 2)
        await wait_until(lambda: _is_recorded(organisation, batch.scheduled_id))
        with pytest.raises(Conflict):
            await scheduler.cancel(batch.scheduled_id)
    await organisation.text_in(phone(2), "STOP")
    await scheduler.let_come(batch.scheduled_id)
    await try_again(organisation.database)
    sent = await scheduler.until(batch.scheduled_id, SENT)
    assert (sent.scheduled.sent_count, len(set(sent.message_ids))) == (2, 2)
    assert len(organisation.provider()) == 2
    assert await organisation.balance() == 998


@pytest.mark.poison("messaging/send-scheduled")
async def test_a_scheduled_text_that_fails_does_not_stop_others(
    scheduler: Scheduler, settings: MessagingSettings
) -> None:
    organisation = scheduler.organisation
    bad, good = await scheduler.text(phone(1)), await scheduler.text(phone(2))
    condition = f"NEW.id = '{bad.scheduled_id}' AND NEW.status = 'sending'"
    async with poisoned(organisation.database, "scheduled_sends", "UPDATE", condition):
        await scheduler.let_come(bad.scheduled_id)
        await scheduler.sent(good.scheduled_id)
        await app.run_job(settings, "send-scheduled")
        await wait_until(lambda: _is_recorded(organisation, bad.scheduled_id))
    assert [each["to"] for each in await wait_until(organisation.provider)] == [phone(2)]
    await try_again(organisation.database)
    await scheduler.until(bad.scheduled_id, SENT)


async def test_a_reply_to_a_deleted_contact_is_not_sent(scheduler: Scheduler) -> None:
    inbox = Inbox(scheduler.organisation)
    reply = await scheduler.reply(await inbox.text_in(phone(1), "Hello"))
    statement = text(
        "UPDATE scheduled_recipients SET contact_id = :nobody WHERE scheduled_id = :id"
    )
    async with scheduler.organisation.database.system() as connection:
        await connection.execute(statement, {"nobody": uuid4(), "id": reply.scheduled_id})
    await scheduler.let_come(reply.scheduled_id)
    failed = await scheduler.until(reply.scheduled_id, FAILED)
    assert [e.code for e in failed.errors] == ["contact_not_found"]


def closed_now() -> quiet_hours_pb2.SendingWindow:
    """Return a sending window that is closed for some hours where the numbers of `phone` are."""
    hour = datetime.now(ZoneInfo("America/Los_Angeles")).hour
    return window("20:00", "22:00") if 4 < hour < 18 else window("10:00", "12:00")


async def _is_recorded(organisation: Organisation, scheduled_id: str) -> bool:
    found = await recorded(organisation.database, "send-scheduled")
    return scheduled_id in [each.item for each in found]


async def _audited(organisation: Organisation, action: str) -> int:
    query = text(
        "SELECT count(*) FROM outbox WHERE subject = 'event.messaging.audit'"
        " AND convert_from(payload, 'LATIN1') LIKE '%' || :action || '%'"
        " AND convert_from(payload, 'LATIN1') LIKE '%' || :org_id || '%'"
    )
    async with organisation.database.system() as connection:
        count = await connection.scalar(
            query, {"action": action, "org_id": str(organisation.org_id)}
        )
    return int(count or 0)
