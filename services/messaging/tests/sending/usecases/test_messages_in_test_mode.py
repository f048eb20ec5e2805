"""Messages of a test organisation go through every step, but not to Twilio or the ledger."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.errors import InvalidInput
from servicekit.identity import acting_as
from services.messaging.sending.domain.magic_numbers import NEVER_CONFIRMED, SCENARIOS
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.testers import TwilioRecord, in_test_mode, prepare
from smsblaster.messaging.v1 import numbers_pb2, numbers_pb2_grpc
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs

DELIVERED, NEVER, UNREACHABLE, FILTERED, UNKNOWN, LANDLINE, OPTED_OUT, TROUBLE, YES, STOP = (
    f"+121255501{n:02d}" for n in range(10)
)
FIXED = "+15005550006"


async def becomes(tester: Organisation, message_id: str, status: str) -> None:
    await wait_until(lambda: tester.is_now(message_id, status))


async def rows(tester: Organisation, query: str, **values: object) -> Sequence[object]:
    async with tester.database.system() as connection:
        found = await connection.execute(text(query), {"org": tester.org_id, **values})
        return [tuple(row) for row in found]


async def test_a_text_is_priced_and_delivered_without_twilio_and_without_money(
    organisation: Organisation, tester: Organisation
) -> None:
    before = await organisation.balance()
    message = await tester.send(phone(1), "Hello there")
    assert (message.segments, message.price_cents) == (1, 1)
    await becomes(tester, message.id, "delivered")
    detail = await tester.detail(message.id)
    assert detail.message.provider_sid == f"SM{UUID(message.id).hex}"
    assert detail.message.from_number == FIXED
    [stored] = await rows(tester, "SELECT account_sid FROM sms_messages WHERE org_id = :org")
    assert stored == (None,)
    assert await organisation.balance() == before > 0
    async with tester.billing_database.system() as connection:
        for table in ("billing_transactions", "user_balances"):
            count = text(f"SELECT count(*) FROM {table} WHERE org_id = :org")  # noqa: S608
            assert await connection.scalar(count, {"org": tester.org_id}) == 0


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [
        (DELIVERED, "delivered", None),
        (UNREACHABLE, "undelivered", 30003),
        (FILTERED, "failed", 30007),
        (UNKNOWN, "failed", 30005),
        (LANDLINE, "failed", 30006),
        (TROUBLE, "delivered", None),
    ],
)
async def test_a_magic_number_decides_the_outcome_of_a_test_text(
    tester: Organisation, to: str, status: str, code: int | None
) -> None:
    message = await tester.send(to)
    await becomes(tester, message.id, status)
    query = "SELECT error_code, refund_due, attempts FROM sms_messages WHERE id = :id"
    attempts = 2 if to == TROUBLE else 1

    async def is_settled() -> bool:
        return await rows(tester, query, id=message.id) == [(code, False, attempts)]

    await wait_until(is_settled)


async def test_the_opted_out_magic_number_refuses_the_text_and_is_opted_out(
    tester: Organisation,
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await tester.send(OPTED_OUT)
    assert refusal.value.code == "opted_out"
    assert await tester.is_opted_out(OPTED_OUT)


async def test_a_test_text_to_the_number_without_delivery_reports_keeps_the_status_sent(
    tester: Organisation,
) -> None:
    message = await tester.send(NEVER)
    await becomes(tester, message.id, "sent")

    async def waits_for_nothing() -> bool:
        query = "SELECT next_step_at = 'infinity' FROM sms_messages WHERE id = :id"
        return await rows(tester, query, id=message.id) == [(True,)]

    await wait_until(waits_for_nothing)
    assert await tester.is_now(message.id, "sent")
    assert [NEVER] == NEVER_CONFIRMED


@pytest.mark.parametrize(("to", "answer", "opted_out"), [(YES, "Yes", False), (STOP, "STOP", True)])
async def test_a_magic_number_that_replies_sends_one_reply(
    tester: Organisation, to: str, answer: str, opted_out: bool
) -> None:
    message = await tester.send(to)
    await becomes(tester, message.id, "delivered")
    received = "SELECT body, from_number, to_number FROM sms_messages"
    received += " WHERE org_id = :org AND direction = 'in'"
    assert await rows(tester, received) == [(answer, to, FIXED)]
    [conversation] = await tester.conversations()
    assert (conversation.last_message, conversation.unread_count) == (answer, 1)
    assert await tester.is_opted_out(to) is opted_out


async def test_a_campaign_and_a_batch_can_have_the_outcome_of_every_magic_number(
    tester: Organisation,
) -> None:
    campaign_id = uuid4()
    await tester.hold(campaign_id, held=False, running=True)
    answer = await tester.submit(campaign_id, [DELIVERED, UNREACHABLE, FILTERED, YES])
    assert answer.accepted == 4
    batch = await tester.send_batch([phone(7), UNKNOWN])
    assert batch.sent == 2

    async def is_done() -> bool:
        counts = await tester.counts(campaign_id)
        return (counts.delivered, counts.undelivered, counts.failed) == (2, 1, 1)

    await wait_until(is_done)
    assert (await tester.counts(campaign_id)).replied == 1


async def test_a_test_organisation_counts_as_registered_and_has_the_fixed_number(
    tester: Organisation,
) -> None:
    stub = numbers_pb2_grpc.NumberServiceStub(tester.messaging.channel)
    with acting_as(tester.person.identity()):
        listed = await tester.messaging.caller().call(
            stub.ListNumbers, numbers_pb2.ListNumbersRequest()
        )
    assert [number.phone_number for number in listed.items] == [FIXED]
    message = await tester.send(phone(1), from_number=FIXED)
    assert message.from_number == FIXED


async def test_all_test_organisations_send_from_the_same_number(
    tester: Organisation, bare_organisation: Organisation
) -> None:
    other = in_test_mode(replace(bare_organisation, person=Person()))
    for _ in range(2):
        await prepare(other)
    assert await other.number() == await tester.number() == FIXED


async def test_no_twilio_account_gets_requests_about_texts_in_test_mode(
    organisation: Organisation, tester: Organisation, twilio_record: TwilioRecord
) -> None:
    before = await organisation.balance()
    sent = [await tester.send(to) for to in SCENARIOS if to != OPTED_OUT]
    with pytest.raises(InvalidInput):
        await tester.send(OPTED_OUT)
    finals = ("delivered", "undelivered", "failed")

    async def is_done() -> bool:
        ids = [m.id for m in sent if m.to not in NEVER_CONFIRMED]
        query = "SELECT count(*) FROM sms_messages WHERE id = ANY(:ids) AND status = ANY(:finals)"
        return await rows(tester, query, ids=ids, finals=list(finals)) == [(len(ids),)]

    await wait_until(is_done)
    assert twilio_record.texts_to(SCENARIOS) == []
    assert await organisation.balance() == before
    # The same record shows what a live organisation sends.
    await organisation.send(DELIVERED)
    assert [text["params"]["To"] for text in twilio_record.texts_to(SCENARIOS)] == [DELIVERED]


async def test_a_test_message_whose_sender_process_died_is_delivered_without_twilio(
    tester: Organisation, twilio_record: TwilioRecord
) -> None:
    message = await tester.send(NEVER)
    await becomes(tester, message.id, "sent")
    statement = "UPDATE sms_messages SET status = 'unknown', to_number = :to, provider_sid = NULL,"
    statement += " next_step_at = now() WHERE id = :id RETURNING id"
    await rows(tester, statement, id=message.id, to=DELIVERED)
    await becomes(tester, message.id, "delivered")
    assert twilio_record.texts_to(SCENARIOS) == []
    asked = [request["path"] for request in twilio_record.requests()]
    assert not [path for path in asked if UUID(message.id).hex in path]
