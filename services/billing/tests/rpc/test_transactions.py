"""Transactions are listed newest first, page by page, for their organisation only."""

import pytest

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import acting_as
from services.billing.tests.money import pay_in
from smsblaster.billing.v1 import transactions_pb2, transactions_pb2_grpc
from tests.fixtures.running import Person, Running


async def page(
    billing: Running, person: Person, limit: int = 2, cursor: str = ""
) -> transactions_pb2.ListTransactionsResponse:
    stub = transactions_pb2_grpc.TransactionServiceStub(billing.channel)
    request = transactions_pb2.ListTransactionsRequest(limit=limit, cursor=cursor or None)
    with acting_as(person.identity()):
        return await billing.caller().call(stub.ListTransactions, request)


async def test_pages_follow_each_other_without_gap_or_repeat(
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
