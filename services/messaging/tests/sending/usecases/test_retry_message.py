"""A failed message of any kind is sent once more, by the rules for event messages."""

import asyncio
from uuid import UUID, uuid4

import pytest

from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.operation import operating
from services.messaging.tests.attendees import Event
from services.messaging.tests.history.storage.history_rows import Past, store
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.contacts.v1 import contacts_pb2, contacts_pb2_grpc
from smsblaster.messaging.v1 import (
    dispatch_pb2,
    dispatch_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
    results_pb2,
    results_pb2_grpc,
)

ANN = phone(1)
LANDLINE = 30006


async def past(organisation: Organisation, status: str = "failed", **fields: object) -> Past:
    """Store a message to Ann that was sent earlier."""
    contact_id = UUID((await organisation.contact_ids([ANN]))[ANN])
    message = Past(status=status, contact_id=contact_id, **fields)  # type: ignore[arg-type]
    await store(organisation.database, organisation.org_id, [message])
    return message


async def retry(
    organisation: Organisation, message_id: object, force: bool = False
) -> messages_pb2.Message:
    stub = messages_pb2_grpc.MessageServiceStub(organisation.messaging.channel)
    request = messages_pb2.RetryMessageRequest(id=str(message_id), force=force)
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(stub.RetryMessage, request, timeout=100)


async def code_of(organisation: Organisation, message_id: object, force: bool = False) -> str:
    """Return the code of the conflict error of a retry."""
    with pytest.raises(Conflict) as refusal:
        await retry(organisation, message_id, force)
    return refusal.value.code


async def test_a_failed_message_is_sent_and_charged_again_and_both_messages_refer_to_each_other(
    organisation: Organisation,
) -> None:
    before = await organisation.balance()
    first = await past(organisation, body="Doors open at 8", campaign_id=uuid4())
    again = await retry(organisation, first.id)
    assert (again.status, again.retry_of) == (messages_pb2.MESSAGE_STATUS_QUEUED, str(first.id))
    assert not again.HasField("campaign_id")
    [sent] = organisation.provider()
    assert (sent["to"], sent["body"]) == (ANN, "Doors open at 8")
    assert before - await organisation.balance() == again.price_cents == 1
    detail = await organisation.detail(str(first.id))
    assert detail.message.retried_by == again.id
    assert [attempt.id for attempt in detail.retries] == [again.id]


async def test_ten_clicks_at_the_same_time_send_one_message(organisation: Organisation) -> None:
    first = await past(organisation)

    async def click(number: int) -> messages_pb2.Message:
        with operating(uuid4() if number % 2 else None):  # with an Idempotency-Key, or without
            return await retry(organisation, first.id)

    answers = await asyncio.gather(*(click(number) for number in range(10)))
    assert len({answer.id for answer in answers}) == 1
    assert len(organisation.provider()) == 1


async def test_a_retry_goes_to_the_contacts_current_number(organisation: Organisation) -> None:
    first = await past(organisation)
    stub = contacts_pb2_grpc.ContactServiceStub(organisation.contacts.channel)
    request = contacts_pb2.UpdateContactRequest(id=str(first.contact_id), phone=phone(2))
    with acting_as(organisation.person.identity()):
        await organisation.contacts.caller().call(stub.UpdateContact, request)
    assert (await retry(organisation, first.id)).to == phone(2)


async def test_after_a_stop_text_a_retry_is_refused_even_if_forced(
    organisation: Organisation,
) -> None:
    first = await past(organisation)
    await organisation.text_in(ANN, "STOP")
    before = await organisation.balance()
    with pytest.raises(InvalidInput) as refusal:
        await retry(organisation, first.id, force=True)
    assert refusal.value.code == "opted_out"
    assert organisation.provider() == []
    assert await organisation.balance() == before


async def test_a_retry_after_a_permanent_error_is_refused_unless_forced(
    organisation: Organisation,
) -> None:
    first = await past(organisation, error_code=LANDLINE)
    assert await code_of(organisation, first.id) == "not_retryable"
    assert (await retry(organisation, first.id, force=True)).retry_of == str(first.id)


@pytest.mark.parametrize("status", ["sent", "delivered", "cancelled", "unknown"])
async def test_only_a_message_that_did_not_arrive_is_sent_again(
    organisation: Organisation, status: str
) -> None:
    first = await past(organisation, status)
    assert await code_of(organisation, first.id, force=True) == "message_not_failed"


async def test_incoming_messages_and_messages_with_unknown_text_are_not_retried(
    organisation: Organisation,
) -> None:
    received = await past(organisation, "received", direction="in")
    assert await code_of(organisation, received.id) == "message_not_failed"
    reported = await past(organisation, body="")
    assert await code_of(organisation, reported.id) == "text_unknown"


async def test_a_delivered_retry_is_not_repeated(organisation: Organisation) -> None:
    first = await past(organisation)
    await past(organisation, "delivered", retry_of=first.id)
    assert await code_of(organisation, first.id, force=True) == "already_delivered"


async def test_a_text_to_an_attendee_is_retried_from_its_event(organisation: Organisation) -> None:
    message_id = await Event(organisation).past(ANN)
    assert await code_of(organisation, message_id) == "event_message"
    assert organisation.provider() == []


async def test_other_organisations_messages_are_refused_and_unknown_ones_not_found(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    theirs = await past(other_organisation)
    with pytest.raises(CrossOrgAccess):
        await retry(organisation, theirs.id)
    with pytest.raises(NotFound):
        await retry(organisation, uuid4())
    assert organisation.provider() == other_organisation.provider() == []


async def test_a_retry_of_a_campaign_leaves_out_people_whom_a_single_retry_has_reached(
    organisation: Organisation,
) -> None:
    campaign_id = uuid4()
    first = await past(organisation, campaign_id=campaign_id)
    stub = results_pb2_grpc.ResultServiceStub(organisation.messaging.channel)
    request = results_pb2.ListUnreachedRequest(campaign_id=str(campaign_id), limit=10)

    async def unreached() -> list[str]:
        with acting_as(organisation.person.identity()):
            call = organisation.messaging.caller("campaigns").call
            return list((await call(stub.ListUnreached, request)).contact_ids)

    assert await unreached() == [str(first.contact_id)]
    await retry(organisation, first.id)
    assert await unreached() == []


async def test_if_a_campaign_and_a_single_message_are_retried_at_once_the_person_gets_one_text(
    organisation: Organisation,
) -> None:
    campaign_id = uuid4()
    first = await past(organisation, campaign_id=campaign_id)
    single = await retry(organisation, first.id)
    await submit_retry(organisation, campaign_id, first)
    assert [sent["sid"] for sent in organisation.provider()] == [single.provider_sid]


async def test_a_single_retry_returns_the_message_that_a_retry_of_the_campaign_has_sent(
    organisation: Organisation,
) -> None:
    campaign_id = uuid4()
    first = await past(organisation, campaign_id=campaign_id)
    again = await submit_retry(organisation, campaign_id, first)
    found = await retry(organisation, first.id)
    assert (found.campaign_id, found.retry_of) == (again, str(first.id))


async def submit_retry(organisation: Organisation, campaign_id: UUID, first: Past) -> str:
    """Submit the first chunk of a retry of the campaign. Return the id of the retry."""
    again = str(uuid4())
    stub = dispatch_pb2_grpc.DispatchServiceStub(organisation.messaging.channel)
    request = dispatch_pb2.SubmitChunkRequest(
        campaign_id=again,
        user_id=str(organisation.person.user_id),
        retry_of=str(campaign_id),
        recipients=[
            dispatch_pb2.ChunkRecipient(contact_id=str(first.contact_id), phone=ANN, body="Hello")
        ],
    )
    with acting_as(organisation.person.identity()):
        call = organisation.messaging.caller("campaigns").call
        assert (await call(stub.SubmitChunk, request)).accepted == 1
    return again
