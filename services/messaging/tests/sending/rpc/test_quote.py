"""A quote is exactly what the messages then cost."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.errors import Conflict, InvalidInput
from servicekit.identity import acting_as
from servicekit.operation import operating
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.sending.rpc.test_sending_settings import GB, put
from smsblaster.contacts.v1 import contacts_pb2, contacts_pb2_grpc
from smsblaster.messaging.v1 import quote_pb2, quote_pb2_grpc
from tests.fixtures.waiting import wait_until


async def quote(organisation: Organisation, body: str, *to: str, **more: object) -> quote_pb2.Quote:
    stub = quote_pb2_grpc.QuoteServiceStub(organisation.messaging.channel)
    request = quote_pb2.QuoteTextsRequest(
        body=body,
        recipients=[quote_pb2.QuoteRecipient(to=number) for number in to],
        **more,  # type: ignore[arg-type]
    )
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller("campaigns").call(stub.QuoteTexts, request)


async def counted(
    organisation: Organisation, *counts: tuple[str, int, int]
) -> quote_pb2.QuoteCountsResponse:
    """Quote counts of messages. Each item has a country, the segments and the count of messages."""
    stub = quote_pb2_grpc.QuoteServiceStub(organisation.messaging.channel)
    request = quote_pb2.QuoteCountsRequest(
        counts=[quote_pb2.TextCount(country=c, segments=s, texts=n) for c, s, n in counts]
    )
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller("campaigns").call(stub.QuoteCounts, request)


async def own_numbers(organisation: Organisation) -> list[str]:
    stub = quote_pb2_grpc.QuoteServiceStub(organisation.messaging.channel)
    request = quote_pb2.ListOwnNumbersRequest()
    with acting_as(organisation.person.identity()):
        caller = organisation.messaging.caller("campaigns")
        return list((await caller.call(stub.ListOwnNumbers, request)).phone_numbers)


async def test_sending_costs_exactly_what_was_quoted_before(organisation: Organisation) -> None:
    numbers = [phone(1), phone(2), GB]
    quoted = await quote(organisation, "a" * 200, *numbers)
    assert (quoted.encoding, quoted.units, quoted.segments) == (quote_pb2.ENCODING_GSM7, 200, 2)
    assert [(d.country, d.recipients, d.segments, d.total_cents) for d in quoted.destinations] == [
        ("GB", 1, 2, 12),
        ("US", 2, 4, 4),
    ]
    assert (quoted.recipients, quoted.total_cents) == (3, 16)
    assert (quoted.balance_cents, quoted.balance_covers) == (1000, True)
    await organisation.send_batch(numbers, "a" * 200)
    assert await organisation.balance() == 1000 - quoted.total_cents


async def test_the_characters_that_force_ucs2_are_listed_with_their_positions(
    organisation: Organisation,
) -> None:
    text = "Hi “you” 👩‍👧 “"
    quoted = await quote(organisation, text, phone(1))
    assert quoted.encoding == quote_pb2.ENCODING_UCS2
    forcing = {f.character: list(f.positions) for f in quoted.forcing_characters}
    assert forcing == {"👩‍👧": [9]}
    await organisation.encode_smartly(False)
    quoted = await quote(organisation, text, phone(1))
    forcing = {f.character: list(f.positions) for f in quoted.forcing_characters}
    assert forcing == {"“": [3, 13], "”": [7], "👩‍👧": [9]}


async def test_recipients_that_would_be_refused_are_listed_with_the_reason(
    organisation: Organisation,
) -> None:
    await put(organisation, allowed_countries=["US"], max_price_cents_per_message=3)
    await organisation.text_in(phone(5), "STOP")
    async with organisation.database.system() as connection:
        own = await connection.scalar(
            text("SELECT phone_number FROM twilio_numbers WHERE org_id = :org"),
            {"org": organisation.org_id},
        )
    given = [phone(1), "(415) 600-0001", "nonsense", own, "+37258123456", GB, phone(5)]
    quoted = await quote(organisation, "Hello", *given)
    assert quoted.recipients == 1
    assert [(r.to, r.code) for r in quoted.refusals] == [
        ("(415) 600-0001", "duplicate"),
        ("nonsense", "invalid_number"),
        (own, "own_number"),
        ("+37258123456", "destination_not_served"),
        (GB, "destination_not_allowed"),
        (phone(5), "opted_out"),
    ]
    [dear] = (await quote(organisation, "a" * 700, phone(1))).refusals
    assert dear.code == "price_above_limit"
    [long] = (await quote(organisation, "a" * 1601, phone(1))).refusals
    assert long.code == "message_too_long"


async def test_a_quote_with_counts_instead_of_recipients_has_the_same_price(
    organisation: Organisation,
) -> None:
    priced = await counted(organisation, ("US", 1, 2_000_000), ("GB", 2, 3), ("US", 3, 5))
    assert [
        (d.country, d.cents_per_segment, d.recipients, d.segments) for d in priced.destinations
    ] == [("GB", 6, 3, 6), ("US", 1, 2_000_005, 2_000_015)]
    assert [(d.min_price_cents, d.max_price_cents, d.total_cents) for d in priced.destinations] == [
        (12, 12, 36),
        (1, 3, 2_000_015),
    ]
    assert priced.refused == 0


async def test_a_quote_with_counts_instead_of_recipients_leaves_out_messages_that_would_be_refused(
    organisation: Organisation,
) -> None:
    await put(organisation, allowed_countries=["US"], max_price_cents_per_message=3)
    priced = await counted(
        organisation, ("US", 3, 10), ("US", 4, 100), ("GB", 1, 1000), ("EE", 1, 10_000)
    )
    assert [(d.country, d.recipients) for d in priced.destinations] == [("US", 10)]
    assert priced.refused == 11_100


async def test_released_numbers_are_not_listed_as_own_numbers(organisation: Organisation) -> None:
    number = await organisation.number()
    assert await own_numbers(organisation) == [number]
    async with organisation.database.system() as connection:
        await connection.execute(
            text("UPDATE twilio_numbers SET released_at = now() WHERE org_id = :org"),
            {"org": organisation.org_id},
        )
    assert await own_numbers(organisation) == []


async def test_a_quote_without_recipients_has_a_price_for_each_country(
    organisation: Organisation,
) -> None:
    quoted = await quote(organisation, "Hello", countries=["US", "GB", "EE"])
    prices = {d.country: d.min_price_cents for d in quoted.destinations}
    assert prices == {"US": 1, "GB": 6}
    assert (quoted.recipients, quoted.total_cents) == (0, 0)


async def test_a_quote_shows_an_insufficient_balance_and_the_rest_of_the_daily_limit(
    small_organisation: Organisation,
) -> None:
    await put(small_organisation, daily_spend_cap_cents=4)
    await small_organisation.send(phone(1))
    quoted = await quote(small_organisation, "Hello", *(phone(n) for n in range(10, 20)))
    assert (quoted.balance_cents, quoted.balance_covers) == (4, False)
    assert quoted.daily_spend_left_cents == 3


async def test_a_quote_creates_no_contact(organisation: Organisation) -> None:
    await quote(organisation, "Hello", phone(77))
    assert await contacts_with(organisation, phone(77)) == 0
    await organisation.send(phone(77))
    assert await contacts_with(organisation, phone(77)) == 1


async def contacts_with(organisation: Organisation, number: str) -> int:
    stub = contacts_pb2_grpc.ContactServiceStub(organisation.contacts.channel)
    request = contacts_pb2.ListContactsRequest(search=number)
    with acting_as(organisation.person.identity()):
        return (await organisation.contacts.caller().call(stub.ListContacts, request)).total


async def test_a_quote_for_an_empty_text_is_refused(organisation: Organisation) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await quote(organisation, "", phone(1))
    assert [f.field for f in refusal.value.fields] == ["body"]


@pytest.mark.parametrize(("smart", "segments"), [(True, 1), (False, 2)])
async def test_a_quote_counts_as_many_segments_as_the_provider_sends(
    organisation: Organisation, smart: bool, segments: int
) -> None:
    await organisation.encode_smartly(smart)
    body = "“" + "a" * 75 + "”"
    quoted = await quote(organisation, body, phone(1), phone(2))
    sent = await organisation.send(phone(1), body)
    batch = await organisation.send_batch([phone(2)], body)
    stored = (await organisation.detail(batch.message_ids[0])).message
    contacts = await organisation.contact_ids([phone(1)])
    answer = await Inbox(organisation).reply(contacts[phone(1)], body)
    submitted = await organisation.submit(uuid4(), [phone(3)], body)
    assert submitted.accepted == 1
    assert (quoted.segments, quoted.total_cents) == (segments, 2 * segments)
    assert {sent.segments, stored.segments, answer.segments} == {segments}
    assert await organisation.balance() == 1000 - 4 * segments

    async def taken() -> bool:
        return len(organisation.provider()) == 4

    await wait_until(taken, message="the provider has all texts")
    assert {text["num_segments"] for text in organisation.provider()} == {segments}
    as_sent = body.replace("“", '"').replace("”", '"') if smart else body
    assert {text["body"] for text in organisation.provider()} == {as_sent}
    assert {sent.body, stored.body, answer.body} == {body}


async def test_a_repeated_request_returns_its_message_although_its_quote_is_no_longer_valid(
    organisation: Organisation,
) -> None:
    version = (await quote(organisation, "Hello", phone(1))).price_version
    with operating(uuid4()):
        sent = await organisation.send(phone(1), "Hello", version)
        await organisation.encode_smartly(False)
        assert (await organisation.send(phone(1), "Hello", version)).id == sent.id
    await organisation.encode_smartly(True)
    with operating(uuid4()):
        batch = await organisation.send_batch([phone(2), phone(3)], "Hello", version)
        await organisation.encode_smartly(False)
        again = await organisation.send_batch([phone(2), phone(3)], "Hello", version)
    assert sorted(again.message_ids) == sorted(batch.message_ids)
    with operating(uuid4()), pytest.raises(Conflict) as caught:
        await organisation.send(phone(1), "Hello", version)
    assert caught.value.code == "price_changed"
    assert await organisation.balance() == 997
