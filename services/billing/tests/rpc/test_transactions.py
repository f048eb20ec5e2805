"""Transactions are listed newest first, page by page, for their organisation only."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import acting_as
from services.billing.domain.ledger import Cause, Charge, LedgerAccount
from services.billing.tests.money import account_of, pay_in
from services.billing.usecases.charge_messages import ChargeBatch, ChargeMessages
from services.billing.usecases.refund_messages import RefundMessages
from smsblaster.billing.v1 import payers_pb2, transactions_pb2, transactions_pb2_grpc
from tests.fixtures.running import Person, Running


async def page(
    billing: Running, person: Person, limit: int = 2, cursor: str = "", **filters: Any
) -> transactions_pb2.ListTransactionsResponse:
    stub = transactions_pb2_grpc.TransactionServiceStub(billing.channel)
    request = transactions_pb2.ListTransactionsRequest(
        limit=limit, cursor=cursor or None, **filters
    )
    with acting_as(person.identity()):
        return await billing.caller().call(stub.ListTransactions, request)


async def test_the_pages_of_a_list_contain_each_row_exactly_once(
    billing: Running, database: Database
) -> None:
    person = Person()
    for cents in (1, 2, 3, 4, 5):
        await pay_in(database, person, cents)
    amounts: list[int] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        answer = await page(billing, person, cursor=cursor)
        amounts += [item.amount_cents for item in answer.items]
        cursor, pages = answer.next_cursor, pages + 1
    assert amounts == [5, 4, 3, 2, 1]
    assert pages == 3


async def test_only_members_of_the_organisation_see_its_transactions(
    billing: Running, database: Database
) -> None:
    person = Person()
    await pay_in(database, person, 7)
    answer = await page(billing, Person(org_id=person.org_id))
    assert [(i.user_id, i.amount_cents) for i in answer.items] == [(str(person.user_id), 7)]
    assert not (await page(billing, Person())).items


@pytest.mark.parametrize("cursor", ["nonsense", "AAAA", "e30"])
async def test_a_forged_cursor_is_refused(billing: Running, cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor"):
        await page(billing, Person(), cursor=cursor)


async def test_a_cursor_of_another_organisation_is_refused(
    billing: Running, database: Database
) -> None:
    person = Person()
    for cents in (1, 2, 3):
        await pay_in(database, person, cents)
    foreign = (await page(billing, person)).next_cursor
    with pytest.raises(InvalidInput, match="cursor"):
        await page(billing, Person(), cursor=foreign)


@pytest.mark.parametrize("limit", [0, -1, 201, 10**9])
async def test_a_page_has_1_to_200_rows(billing: Running, limit: int) -> None:
    with pytest.raises(InvalidInput, match="limit"):
        await page(billing, Person(), limit=limit)


async def charge(
    database: Database,
    account: LedgerAccount,
    campaign_id: UUID | None = None,
    texts: int = 1,
    event_id: UUID | None = None,
) -> list[UUID]:
    """Charge 2 cents for each of ``texts`` messages. Returns their ids."""
    ids = [uuid4() for _ in range(texts)]
    cause = Cause("Text message", account.user_id, campaign_id)
    charges = [Charge(i, 2) for i in ids]
    batch = ChargeBatch(account, charges, cause, campaign_name="Spring sale", event_id=event_id)
    await ChargeMessages(database).charge(batch)
    return ids


async def test_each_row_has_the_balance_after_it_and_its_campaign(
    billing: Running, database: Database
) -> None:
    person, campaign_id = Person(), uuid4()
    await pay_in(database, person, 10)
    [first, _] = await charge(database, account_of(person), campaign_id, texts=2)
    await RefundMessages(database).refund(person.org_id, [first])
    rows = (await page(billing, person, limit=50)).items
    assert [row.balance_after_cents for row in rows] == [8, 6, 8, 10]
    assert [row.campaign_name for row in rows] == ["Spring sale"] * 3 + [""]
    assert {row.by_user_id for row in rows[:3]} == {str(person.user_id)}


async def test_charges_of_event_messages_name_the_event(
    billing: Running, database: Database
) -> None:
    person, event_id = Person(), uuid4()
    await pay_in(database, person, 10)
    await charge(database, account_of(person), uuid4(), event_id=event_id)
    await charge(database, account_of(person), uuid4())
    rows = (await page(billing, person, limit=50)).items
    assert [row.event_id for row in rows] == ["", str(event_id), ""]


async def test_each_filter_of_transactions_finds_only_matching_rows(
    billing: Running, database: Database
) -> None:
    person, campaign_id = Person(), uuid4()
    shared = LedgerAccount(person.org_id, person.org_id)
    await pay_in(database, person, 10)
    await pay_in(database, Person(person.org_id, person.org_id), 20)
    await charge(database, account_of(person), campaign_id)
    [message] = await charge(database, shared)

    async def amounts(**filters: Any) -> list[int]:
        return [i.amount_cents for i in (await page(billing, person, limit=50, **filters)).items]

    assert await amounts(type=transactions_pb2.TRANSACTION_TYPE_CREDIT) == [20, 10]
    assert await amounts(source=transactions_pb2.TRANSACTION_SOURCE_SMS) == [2, 2]
    assert await amounts(source=transactions_pb2.TRANSACTION_SOURCE_STRIPE) == []
    assert await amounts(user_id=str(person.user_id)) == [2, 10]
    assert await amounts(payer=payers_pb2.PAYER_ORGANISATION) == [2, 20]
    assert await amounts(payer=payers_pb2.PAYER_MEMBER) == [2, 10]
    assert await amounts(campaign_id=str(campaign_id)) == [2]
    assert await amounts(external_id=str(message)) == [2]
    assert await amounts(from_time=_at(minutes=-5), to_time=_at(minutes=5)) == [2, 2, 20, 10]
    assert await amounts(to_time=_at(minutes=-5)) == []


async def test_rows_of_the_organisations_balance_have_no_user(
    billing: Running, database: Database
) -> None:
    person = Person()
    await pay_in(database, Person(person.org_id, person.org_id), 20)
    [row] = (await page(billing, person)).items
    assert (row.payer, row.HasField("user_id")) == (payers_pb2.PAYER_ORGANISATION, False)


async def test_filters_user_and_payer_cannot_be_combined(billing: Running) -> None:
    with pytest.raises(InvalidInput, match="payer"):
        await page(billing, Person(), user_id=str(uuid4()), payer=payers_pb2.PAYER_MEMBER)


def _at(minutes: int) -> Timestamp:
    time = Timestamp()
    time.FromDatetime(datetime.now(UTC) + timedelta(minutes=minutes))
    return time
