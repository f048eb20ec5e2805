"""A failed event message is sent once more, as a new message, however many calls request it."""

import asyncio
from uuid import uuid4

import pytest

from servicekit.errors import (
    Conflict,
    CrossOrgAccess,
    InsufficientBalance,
    InvalidInput,
    NotFound,
)
from servicekit.operation import operating
from services.billing.tests.money import held_balance
from services.messaging.tests.attendees import Event
from services.messaging.tests.conftest import Founding
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import messages_pb2

ANN = phone(1)
UNREACHABLE, LANDLINE = 30003, 30006


@pytest.fixture
def event(organisation: Organisation) -> Event:
    return Event(organisation)


async def test_a_failed_message_is_sent_again_as_a_new_message(event: Event) -> None:
    before = await event.organisation.balance()
    first = await event.past(ANN, error_code=UNREACHABLE, notification_type="invitation")
    retry = await event.retry(first, ANN)
    assert retry.status == messages_pb2.MESSAGE_STATUS_QUEUED
    assert (retry.retry_of, retry.event_id) == (first, str(event.id))
    assert (retry.attendee_id, retry.notification_type) == (str(event.attendee(ANN)), "invitation")
    [sent] = event.organisation.provider()
    assert (sent["sid"], sent["to"], sent["body"]) == (retry.provider_sid, ANN, "Doors open at 8")
    assert before - await event.organisation.balance() == retry.price_cents == 1
    assert await event.organisation.status(first) == "undelivered"


async def test_a_retry_is_shown_in_the_conversation_with_the_attendee(event: Event) -> None:
    await event.retry(await event.past(ANN), ANN)
    [conversation] = await event.organisation.conversations()
    assert (conversation.phone, conversation.last_message) == (ANN, "Doors open at 8")


async def test_a_retry_goes_to_the_attendees_current_number(event: Event) -> None:
    retry = await event.retry(await event.past(ANN), ANN, to="(415) 600-0002")
    assert retry.to == phone(2)
    assert [sent["to"] for sent in event.organisation.provider()] == [phone(2)]


async def test_ten_concurrent_calls_send_one_message_and_all_return_it(
    event: Event,
) -> None:
    before = await event.organisation.balance()
    first = await event.past(ANN)

    async def retry(number: int) -> messages_pb2.Message:
        with operating(uuid4() if number % 2 else None):  # with an Idempotency-Key, or without
            return await event.retry(first, ANN)

    answers = await asyncio.gather(*(retry(number) for number in range(10)))
    assert len({answer.id for answer in answers}) == 1
    assert len(event.organisation.provider()) == 1
    assert before - await event.organisation.balance() == 1
    assert len((await event.texts(ANN)).texts) == 2


async def test_only_one_of_two_concurrent_retries_to_different_numbers_is_sent(
    event: Event,
) -> None:
    organisation = event.organisation
    before = await organisation.balance()
    first = await event.past(ANN)
    # Neither call finds an attempt, because an attempt counts only once it is charged.
    async with held_balance(organisation.billing_database, organisation.person):
        calls = [asyncio.create_task(event.retry(first, ANN, to=phone(n))) for n in (1, 2)]
        done, [under_way] = await asyncio.wait(calls, return_when=asyncio.FIRST_COMPLETED)
        with pytest.raises(Conflict, match="already being sent again") as refusal:
            await done.pop()
        assert refusal.value.code == "already_sending"
    retry = await under_way
    assert [sent["to"] for sent in organisation.provider()] == [retry.to]
    assert before - await organisation.balance() == 1
    assert len((await event.texts(ANN)).texts) == 2


async def test_a_retry_to_a_new_number_is_refused_while_an_uncharged_one_to_the_old_number_waits(
    event: Event,
) -> None:
    first = await event.past(ANN)
    retry = await event.retry(first, ANN)
    await event.execute(
        "UPDATE sms_messages SET status = 'pending', charged = false"
        " WHERE id = :id AND org_id = :org_id",
        id=retry.id,
    )
    before = await event.organisation.balance()
    with pytest.raises(Conflict) as refusal:
        await event.retry(first, ANN, to=phone(2))
    assert refusal.value.code == "already_sending"
    assert await event.organisation.balance() == before
    [row] = await event.rows(
        "SELECT charged FROM sms_messages WHERE id = :id AND org_id = :org_id", id=retry.id
    )
    assert not row["charged"]


async def test_while_an_attempt_is_under_way_no_other_number_is_texted(event: Event) -> None:
    first = await event.past(ANN)
    await event.retry(first, ANN)
    with pytest.raises(Conflict) as refusal:
        await event.retry(first, ANN, to=phone(2))
    assert refusal.value.code == "already_sending"
    assert len(event.organisation.provider()) == 1


async def test_a_retry_while_an_attempt_is_under_way_returns_that_attempt(event: Event) -> None:
    first = await event.past(ANN)
    retry = await event.retry(first, ANN)
    assert (await event.retry(first, ANN)).id == retry.id
    assert len(event.organisation.provider()) == 1


async def test_a_delivered_message_is_not_sent_again(event: Event) -> None:
    first = await event.past(ANN)
    await event.past(ANN, "delivered", retry_of=first)
    await refused(event, first, "already_delivered", force=True)


async def test_a_failed_attempt_can_be_retried(event: Event) -> None:
    first = await event.past(ANN)
    second = await event.past(ANN, "failed", retry_of=first)
    third = await event.retry(second, ANN)
    assert third.retry_of == first
    # The call may name either attempt: nobody is texted twice.
    assert (await event.retry(first, ANN)).id == third.id
    assert len(event.organisation.provider()) == 1


@pytest.mark.parametrize(
    "status", ["pending", "sending", "queued", "sent", "unknown", "delivered", "cancelled"]
)
async def test_only_a_message_that_did_not_arrive_is_sent_again(event: Event, status: str) -> None:
    message_id = await event.past(ANN, status, next_step_at="infinity")
    await refused(event, message_id, "message_not_failed", force=True)


async def test_a_retry_after_a_permanent_error_is_refused_unless_forced(
    event: Event,
) -> None:
    first = await event.past(ANN, error_code=LANDLINE)
    assert await refused(event, first, "not_retryable") == (
        "Landline detected: This number appears to be a landline and cannot receive SMS."
    )
    assert (await event.retry(first, ANN, force=True)).retry_of == first


async def test_a_landline_error_does_not_block_a_retry_to_a_new_number(event: Event) -> None:
    first = await event.past(ANN, error_code=LANDLINE)
    second = await event.retry(first, ANN, to=phone(2))
    assert [sent["to"] for sent in event.organisation.provider()] == [phone(2)]
    await event.execute(
        "UPDATE sms_messages SET status = 'undelivered', error_code = 30006"
        " WHERE id = :id AND org_id = :org_id",
        id=second.id,
    )
    # The call may name either attempt: a failure at the same number counts.
    for message_id in (first, second.id):
        with pytest.raises(Conflict, match="Landline detected"):
            await event.retry(message_id, ANN, to=phone(2))
    assert (await event.retry(first, ANN, to=phone(3))).to == phone(3)


async def test_a_person_who_opted_out_is_not_texted_even_by_a_forced_retry(event: Event) -> None:
    first = await event.past(ANN)
    await event.organisation.text_in(ANN, "STOP")
    before = await event.organisation.balance()
    with pytest.raises(InvalidInput) as refusal:
        await event.retry(first, ANN, force=True)
    assert refusal.value.code == "opted_out"
    assert event.organisation.provider() == []
    assert await event.organisation.balance() == before


async def test_a_message_that_the_provider_refuses_is_refunded_and_can_be_retried(
    event: Event,
) -> None:
    first = await event.past(ANN)
    before = await event.organisation.balance()
    event.organisation.fault(status=400, count=1)
    with pytest.raises(InvalidInput) as refusal:
        await event.retry(first, ANN)
    assert refusal.value.code == "provider_refused"
    assert await event.organisation.balance() == before
    [refused_attempt] = await event.retryable(ANN)
    assert (await event.organisation.detail(refused_attempt)).message.retry_of == first
    retry = await event.retry(first, ANN)
    assert retry.status == messages_pb2.MESSAGE_STATUS_QUEUED
    assert len((await event.texts(ANN)).texts) == 3


async def test_an_attempt_that_was_interrupted_before_its_charge_is_continued(event: Event) -> None:
    first = await event.past(ANN)
    retry = await event.retry(first, ANN)
    assert retry.retry_of == first
    await event.execute(
        "UPDATE sms_messages SET status = 'pending', charged = false, provider_sid = NULL"
        " WHERE id = :id AND org_id = :org_id",
        id=retry.id,
    )
    again = await event.retry(first, ANN)
    assert (again.id, again.status) == (retry.id, messages_pb2.MESSAGE_STATUS_QUEUED)


async def test_a_retry_is_refused_if_the_balance_is_too_low(
    poor_organisation: Organisation,
) -> None:
    event = Event(poor_organisation)
    first = await event.past(ANN)
    with pytest.raises(InsufficientBalance):
        await event.retry(first, ANN)
    assert poor_organisation.provider() == []
    assert await event.retryable(ANN) == [first]


async def test_a_retry_to_an_invalid_number_is_refused(event: Event) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await event.retry(await event.past(ANN), ANN, to="911")
    assert [fault.field for fault in refusal.value.fields] == ["to"]


@pytest.mark.parametrize("other", ["message", "attendee", "event"])
async def test_a_message_of_another_attendee_is_not_found(event: Event, other: str) -> None:
    message_id = str(uuid4()) if other == "message" else await event.past(ANN)
    asked = Event(event.organisation) if other == "event" else event
    asked.attendee_ids[ANN] = event.attendee(ANN)
    with pytest.raises(NotFound) as refusal:
        await asked.retry(message_id, phone(2) if other == "attendee" else ANN)
    assert refusal.value.code == "message_not_found"


async def test_another_organisations_message_is_refused(event: Event, found: Founding) -> None:
    other = Event(await found(1000), event.id)
    message_id = await event.past(ANN)
    other.attendee_ids[ANN] = event.attendee(ANN)
    with pytest.raises(CrossOrgAccess):
        await other.retry(message_id, ANN)
    assert other.organisation.provider() == event.organisation.provider() == []


async def refused(event: Event, message_id: str, code: str, force: bool = False) -> str:
    """Return the error code of a retry of a message to Ann, which must be refused."""
    with pytest.raises(Conflict) as refusal:
        await event.retry(message_id, ANN, force)
    assert refusal.value.code == code
    assert event.organisation.provider() == []
    return refusal.value.message
