"""A single message is charged once, refunded when it is refused, and never sent twice."""

import asyncio

import httpx
import pytest
from sqlalchemy import text

from servicekit.errors import InsufficientBalance, InvalidInput
from services.messaging.common.domain.provider_errors import description
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import messages_pb2
from tests.fixtures.waiting import wait_until

QUEUED = messages_pb2.MESSAGE_STATUS_QUEUED


async def test_a_message_is_sent_and_charged(organisation: Organisation) -> None:
    before = await organisation.balance()
    message = await organisation.send("(415) 600-0001", "Hello there")
    assert (message.to, message.status, message.segments) == (phone(1), QUEUED, 1)
    assert before - await organisation.balance() == message.price_cents == 1
    [sent] = organisation.provider()
    assert (sent["sid"], sent["to"], sent["body"]) == (
        message.provider_sid,
        phone(1),
        "Hello there",
    )
    assert sent["status_callback"].rpartition("/")[2].startswith(f"{message.id}.")


async def test_the_price_depends_on_segments_and_destination(organisation: Organisation) -> None:
    long = await organisation.send(phone(1), "a" * 161)
    assert (long.segments, long.price_cents) == (2, 2)
    emoji = await organisation.send(phone(1), "😀" * 36)
    assert (emoji.segments, emoji.price_cents) == (2, 2)
    abroad = await organisation.send("+447400123456")
    assert abroad.price_cents == 6


@pytest.mark.parametrize(
    "to",
    ["", "abc", "+1", "911", "12345", "+1５５５", "+14155550100;DROP", "whatsapp:+14156000001",
     "+19005551234", "+18005551212", "4156000001x5"],
)  # fmt: skip
async def test_a_message_to_an_invalid_number_is_refused_and_costs_nothing(
    organisation: Organisation, to: str
) -> None:
    before = await organisation.balance()
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(to)
    assert [f.field for f in refusal.value.fields] == ["to"]
    assert await organisation.balance() == before
    assert organisation.provider() == []


async def test_a_text_to_a_country_without_a_price_is_refused(organisation: Organisation) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send("+37258123456")
    assert refusal.value.code == "destination_not_served"
    assert organisation.provider() == []


async def test_a_message_that_is_too_long_is_refused(organisation: Organisation) -> None:
    with pytest.raises(InvalidInput, match="1600") as refusal:
        await organisation.send(phone(1), "a" * 1601)
    assert refusal.value.code == "message_too_long"


async def test_a_message_is_refused_if_the_balance_is_too_low(
    poor_organisation: Organisation,
) -> None:
    with pytest.raises(InsufficientBalance):
        await poor_organisation.send(phone(1))
    assert poor_organisation.provider() == []


async def test_without_a_number_to_send_from_nothing_is_sent_or_charged(
    bare_organisation: Organisation,
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await bare_organisation.send(phone(1))
    assert refusal.value.code in ("no_sender",)


async def test_a_person_who_opted_out_is_not_texted(organisation: Organisation) -> None:
    await organisation.text_in(phone(7), "STOP")
    before = await organisation.balance()
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(7))
    assert refusal.value.code == "opted_out"
    assert await organisation.balance() == before
    assert organisation.provider() == []
    await organisation.text_in(phone(7), "START")
    assert (await organisation.send(phone(7))).status == QUEUED


async def test_a_message_that_the_provider_refuses_is_refunded_and_the_error_explains_why(
    organisation: Organisation,
) -> None:
    # The simulator opts people out by itself when they text STOP to the number.
    before = await organisation.balance()
    organisation.fault(status=400, count=1)
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(1))
    assert refusal.value.code == "provider_refused"
    assert await organisation.balance() == before
    query = text("SELECT error_code, error_message FROM sms_messages WHERE org_id = :org_id")
    async with organisation.database.system() as connection:
        [failed] = await connection.execute(query, {"org_id": organisation.org_id})
    assert failed.error_message == description(failed.error_code) is not None


@pytest.mark.parametrize("what", [{"accept_then_drop": True}, {"accept_then_500": True}])
async def test_a_message_is_found_and_not_sent_again_if_twilios_response_was_lost(
    organisation: Organisation, what: dict[str, bool]
) -> None:
    before = await organisation.balance()
    organisation.fault(count=1, **what)
    message = await organisation.send(phone(3), "Only once")
    assert message.status == messages_pb2.MESSAGE_STATUS_UNKNOWN
    await organisation.pass_seconds(message.id)
    await wait_until(lambda: _is(organisation, message.id, {"queued", "sent", "delivered"}))
    [sent] = organisation.provider()
    assert (await organisation.detail(message.id)).message.provider_sid == sent["sid"]
    assert before - await organisation.balance() == 1


@pytest.mark.parametrize("smart", [True, False])
async def test_a_message_is_found_although_the_provider_lists_it_with_other_characters(
    organisation: Organisation, smart: bool
) -> None:
    await organisation.encode_smartly(smart)
    organisation.fault(count=1, accept_then_drop=True)
    message = await organisation.send(phone(3), "It’s only once…")
    assert message.status == messages_pb2.MESSAGE_STATUS_UNKNOWN
    await organisation.pass_seconds(message.id)
    await wait_until(lambda: _is(organisation, message.id, {"queued", "sent", "delivered"}))
    [sent] = organisation.provider()
    found = (await organisation.detail(message.id)).message
    assert (found.provider_sid, found.body) == (sent["sid"], "It’s only once…")


async def test_a_message_is_encoded_as_it_was_counted_although_the_setting_has_changed(
    organisation: Organisation,
) -> None:
    statement = text(
        "UPDATE twilio_messaging_services SET smart_encoding = false WHERE org_id = :org_id"
    )
    async with organisation.database.system() as connection:
        await connection.execute(statement, {"org_id": organisation.org_id})
    message = await organisation.send(phone(3), "’" * 71)
    [sent] = organisation.provider()
    assert (message.segments, sent["num_segments"], sent["body"]) == (2, 2, "’" * 71)


async def test_a_message_whose_connection_was_dropped_before_twilio_took_it_is_sent_again_once(
    organisation: Organisation,
) -> None:
    organisation.fault(drop_before=True, count=1)
    message = await organisation.send(phone(4), "Lost on the way")
    assert message.status == messages_pb2.MESSAGE_STATUS_UNKNOWN
    await organisation.pass_seconds(message.id)
    await wait_until(lambda: _is(organisation, message.id, {"queued", "sent", "delivered"}))
    assert len(organisation.provider()) == 1


async def test_a_message_that_got_the_error_too_many_requests_is_sent_later_and_only_once(
    organisation: Organisation,
) -> None:
    organisation.fault(status=429, count=1)
    message = await organisation.send(phone(5))
    assert message.status == messages_pb2.MESSAGE_STATUS_PENDING
    await wait_until(lambda: _is(organisation, message.id, {"queued", "sent", "delivered"}))
    assert len(organisation.provider()) == 1


async def test_a_sender_process_is_woken_for_a_message_that_must_be_tried_again(
    organisation: Organisation,
) -> None:
    await organisation.send(phone(6))
    assert await _send_jobs(organisation) == 0
    organisation.fault(status=429, count=1)
    await organisation.send(phone(7))
    assert await _send_jobs(organisation) == 1


async def test_a_person_who_has_opted_out_at_the_provider_is_opted_out_here_too(
    organisation: Organisation,
) -> None:
    sender = await organisation.number()
    stop = {"from": phone(8), "to": sender, "body": "STOP"}
    httpx.post(f"{organisation.simulator.url}/sim/inbound", json=stop).raise_for_status()
    before = await organisation.balance()
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(phone(8))
    assert refusal.value.code == "opted_out"
    assert await organisation.balance() == before
    assert await organisation.is_opted_out(phone(8))


async def test_one_of_our_own_numbers_is_not_texted(organisation: Organisation) -> None:
    own = await organisation.number()
    with pytest.raises(InvalidInput) as refusal:
        await organisation.send(own)
    assert refusal.value.code == "own_number"
    batch = await organisation.send_batch([own, phone(1), f"{own[:5]} {own[5:]}"])
    assert (batch.total, batch.sent, batch.failed, batch.duplicates) == (3, 1, 1, 1)
    assert [(e.to, e.code) for e in batch.errors] == [
        (own, "own_number"),
        (f"{own[:5]} {own[5:]}", "duplicate"),
    ]


async def test_concurrent_messages_are_sent_until_the_balance_is_used_up(
    small_organisation: Organisation,
) -> None:
    results = await asyncio.gather(
        *(small_organisation.send(phone(n)) for n in range(16)), return_exceptions=True
    )
    sent = [r for r in results if isinstance(r, messages_pb2.Message)]
    assert len(sent) == 5
    # On a busy machine an accepted message may leave after its call was answered.
    await wait_until(lambda: len(small_organisation.provider()) >= 5)
    assert len(small_organisation.provider()) == 5
    assert await small_organisation.balance() == 0


async def _is(organisation: Organisation, message_id: str, statuses: set[str]) -> bool:
    return await organisation.status(message_id) in statuses


async def _send_jobs(organisation: Organisation) -> int:
    """Count how often sender processes were woken for the organisation."""
    query = text("SELECT count(*) FROM outbox WHERE subject = :subject")
    async with organisation.database.system() as connection:
        count = await connection.scalar(query, {"subject": f"job.send.{organisation.org_id}"})
    return int(count or 0)
