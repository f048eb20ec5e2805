"""Texts, batches and replies are scheduled, listed, cancelled and resumed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.operation import operating
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.scheduler import (
    CANCELLED,
    HELD,
    SCHEDULED,
    Scheduler,
    in_hours,
    stamp,
)
from smsblaster.messaging.v1 import messages_pb2, messages_pb2_grpc
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until


@pytest.fixture
def scheduler(organisation: Organisation) -> Scheduler:
    return Scheduler(organisation)


@pytest.fixture
def other(other_organisation: Organisation) -> Scheduler:
    return Scheduler(other_organisation)


async def test_a_scheduled_text_shows_its_price_and_costs_nothing_yet(
    scheduler: Scheduler,
) -> None:
    before = await scheduler.organisation.balance()
    at = in_hours(3)
    message = await scheduler.text(phone(1), "a" * 161, at)
    assert message.status == messages_pb2.MESSAGE_STATUS_SCHEDULED
    assert (message.to, message.segments, message.price_cents) == (phone(1), 2, 2)
    assert (message.send_at, message.id) == (at, message.scheduled_id)
    assert await scheduler.organisation.balance() == before
    assert scheduler.organisation.provider() == []


async def test_scheduling_a_batch_reports_the_recipients_who_cannot_be_texted(
    scheduler: Scheduler,
) -> None:
    organisation = scheduler.organisation
    await organisation.text_in(phone(3), "STOP")
    numbers = [phone(1), "(415) 600-0002", phone(1), phone(3), "nonsense", "+37258123456"]
    batch = await scheduler.batch(numbers)
    assert (batch.total, batch.sent, batch.scheduled) == (6, 0, 2)
    assert (batch.failed, batch.duplicates) == (3, 1)
    assert batch.price_cents == 2
    assert {(e.to, e.code) for e in batch.errors} == {
        (phone(1), "duplicate"),
        (phone(3), "opted_out"),
        ("nonsense", "invalid_number"),
        ("+37258123456", "destination_not_served"),
    }
    nobody = await scheduler.batch([phone(3)])
    assert (nobody.scheduled, nobody.HasField("scheduled_id")) == (0, False)


async def test_scheduled_sends_are_listed_in_the_order_of_their_times(
    scheduler: Scheduler, other: Scheduler
) -> None:
    inbox = Inbox(scheduler.organisation)
    contact = await inbox.text_in(phone(4), "When do you open?")
    late = await scheduler.text(phone(1), send_at=in_hours(5))
    soon = await scheduler.batch([phone(2), phone(3)], send_at=in_hours(0.5))
    reply = await scheduler.reply(contact, "At nine")
    await other.text(phone(1))
    first = await scheduler.list(limit=2)
    rest = await scheduler.list(limit=2, cursor=first.next_cursor)
    ids = [item.id for item in (*first.items, *rest.items)]
    assert ids == [soon.scheduled_id, reply.scheduled_id, late.scheduled_id]
    assert not rest.HasField("next_cursor")
    batch, answer = first.items
    assert (batch.recipient_count, batch.waiting_count, batch.price_cents) == (2, 2, 2)
    assert not batch.HasField("to")
    assert (answer.to, answer.contact_id, answer.message) == (phone(4), contact, "At nine")
    await scheduler.cancel(late.scheduled_id)
    assert [item.id for item in (await scheduler.list()).items] == ids[:2]
    assert [i.id for i in (await scheduler.list(status=CANCELLED)).items] == ids[2:]


@pytest.mark.parametrize(
    ("ahead", "code"),
    [
        (timedelta(seconds=30), "send_at_too_soon"),
        (timedelta(hours=-1), "send_at_too_soon"),
        (timedelta(days=800), None),
    ],
)
async def test_the_time_of_a_scheduled_text_must_be_between_a_minute_and_two_years_from_now(
    scheduler: Scheduler, ahead: timedelta, code: str | None
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await scheduler.text(phone(1), send_at=stamp(datetime.now(UTC) + ahead))
    assert [fault.field for fault in refusal.value.fields] == ["sendAt"]
    assert code is None or refusal.value.code == code
    assert not (await scheduler.list()).items


async def test_the_option_to_respect_quiet_hours_needs_a_send_time(scheduler: Scheduler) -> None:
    organisation = scheduler.organisation
    stub = messages_pb2_grpc.MessageServiceStub(organisation.messaging.channel)
    request = messages_pb2.SendMessageRequest(to=phone(1), body="Hi", respect_quiet_hours=True)
    with acting_as(organisation.person.identity()), pytest.raises(InvalidInput) as refusal:
        await organisation.messaging.caller("campaigns").call(stub.SendMessage, request)
    assert [fault.field for fault in refusal.value.fields] == ["respectQuietHours"]
    assert organisation.provider() == []


@pytest.mark.parametrize(
    ("to", "body", "code"),
    [("+37258123456", "Hi", "destination_not_served"), (phone(1), "a" * 1601, "message_too_long")],
)
async def test_a_text_that_could_not_be_sent_now_cannot_be_scheduled(
    scheduler: Scheduler, to: str, body: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await scheduler.text(to, body)
    assert refusal.value.code == code


async def test_without_a_number_to_send_from_nothing_can_be_scheduled(
    bare_organisation: Organisation,
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await Scheduler(bare_organisation).text(phone(1))
    assert refusal.value.code == "no_sender"


async def test_a_price_that_has_changed_since_the_quote_is_refused(scheduler: Scheduler) -> None:
    with pytest.raises(Conflict) as refusal:
        await scheduler.text(phone(1), price_version="0123456789abcdef")
    assert refusal.value.code == "price_changed"


async def test_a_repeated_request_is_scheduled_once(scheduler: Scheduler) -> None:
    with operating(uuid4()):
        first = await scheduler.batch([phone(1), "nonsense"])
        again = await scheduler.batch([phone(1), "nonsense"])
    assert again == first
    assert len((await scheduler.list()).items) == 1


async def test_a_cancelled_scheduled_text_is_not_sent(scheduler: Scheduler) -> None:
    message = await scheduler.text(phone(1))
    assert (await scheduler.cancel(message.scheduled_id)).status == CANCELLED
    assert (await scheduler.cancel(message.scheduled_id)).status == CANCELLED
    await scheduler.let_come(message.scheduled_id)
    later = await scheduler.text(phone(2))
    await scheduler.sent(later.scheduled_id)
    handed_over = await wait_until(scheduler.organisation.provider)
    assert [sent["to"] for sent in handed_over] == [phone(2)]


async def test_a_scheduled_text_that_was_sent_cannot_be_cancelled_or_resumed(
    scheduler: Scheduler,
) -> None:
    message = await scheduler.text(phone(1))
    with pytest.raises(Conflict) as refusal:
        await scheduler.resume(message.scheduled_id)
    assert refusal.value.code == "not_held"
    await scheduler.sent(message.scheduled_id)
    with pytest.raises(Conflict) as refusal:
        await scheduler.cancel(message.scheduled_id)
    assert refusal.value.code == "already_sent"


@pytest.mark.parametrize("name", ["detail", "cancel", "resume"])
async def test_a_scheduled_text_of_another_organisation_is_refused(
    scheduler: Scheduler, other: Scheduler, name: str
) -> None:
    theirs = await other.text(phone(1))
    ask: Any = getattr(scheduler, name)
    with pytest.raises(CrossOrgAccess):
        await ask(theirs.scheduled_id)
    with pytest.raises(NotFound):
        await ask(str(uuid4()))
    assert (await other.detail(theirs.scheduled_id)).scheduled.status == SCHEDULED


async def test_scheduled_texts_of_a_removed_member_are_held_until_somebody_resumes_them(
    scheduler: Scheduler,
) -> None:
    organisation = scheduler.organisation
    colleague = Scheduler(organisation, Person(organisation.org_id))
    theirs = await colleague.text(phone(1))
    ours = await scheduler.text(phone(2))
    assert colleague.person is not None
    await scheduler.remove_member(colleague.person)
    held = (await scheduler.until(theirs.scheduled_id, HELD)).scheduled
    assert held.status_reason == "member_removed"
    assert "takes it over" in held.status_message
    assert [item.id for item in (await scheduler.list(status=HELD)).items] == [held.id]
    assert (await scheduler.detail(ours.scheduled_id)).scheduled.status == SCHEDULED
    before = await organisation.balance()
    resumed = await scheduler.resume(theirs.scheduled_id)
    assert (resumed.status, resumed.user_id) == (SCHEDULED, str(organisation.person.user_id))
    await scheduler.sent(theirs.scheduled_id)
    assert before - await organisation.balance() == 1
