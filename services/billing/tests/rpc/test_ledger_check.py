"""An operator checks that balances are the sums of their transactions."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text

from servicekit.errors import Forbidden, InvalidInput, Unauthenticated
from services.billing.storage import ledger_check
from services.billing.tests.member import Member
from services.billing.usecases.seal_ledger import SealLedger
from smsblaster.billing.v1 import ledger_check_pb2, ledger_check_pb2_grpc
from tests.fixtures.running import Person


async def wrong_balances(member: Member) -> list[ledger_check_pb2.WrongBalance]:
    """Return the wrong balances of the member's organisation."""
    stub = ledger_check_pb2_grpc.LedgerCheckServiceStub(member.billing.channel)
    operator = replace(member, person=Person(roles=frozenset({"ADMIN"})))
    found: list[ledger_check_pb2.WrongBalance] = []
    request = ledger_check_pb2.ListWrongBalancesRequest(limit=200)
    while True:
        page = await operator.call(stub.ListWrongBalances, request)
        found += page.items
        if not page.next_cursor:
            break
        request.cursor = page.next_cursor
    return [each for each in found if each.org_id == str(member.person.org_id)]


async def move_balance(member: Member, cents: int) -> None:
    """Change the balance without a transaction."""
    statement = "UPDATE user_balances SET balance_cents = balance_cents + :cents WHERE org_id = :id"
    async with member.database.system() as connection:
        await connection.execute(text(statement), {"cents": cents, "id": member.person.org_id})


async def test_a_wrong_balance_is_listed_until_it_is_corrected(member: Member) -> None:
    await member.pay_in(500)
    assert await wrong_balances(member) == []
    await move_balance(member, 1)
    [wrong] = await wrong_balances(member)
    assert (wrong.balance_cents, wrong.ledger_cents) == (501, 500)
    await move_balance(member, -1)
    assert await wrong_balances(member) == []


async def test_sealed_and_newer_transactions_are_added(member: Member) -> None:
    await member.pay_in(500)
    sealing = SealLedger(member.database)
    await sealing.seal_existing()
    await sealing.seal_new()
    await member.pay_in(30)
    assert await wrong_balances(member) == []
    await move_balance(member, -30)
    [wrong] = await wrong_balances(member)
    assert (wrong.balance_cents, wrong.ledger_cents) == (500, 530)
    await move_balance(member, 30)


async def test_all_accounts_are_read_once_a_few_at_a_time(member: Member) -> None:
    await member.pay_in(500)
    await replace(member, person=Person()).pay_in(500)
    read: list[UUID] = []
    async with member.database.system() as connection:
        while some := await ledger_check.accounts(connection, read[-1] if read else None, 3):
            read += [account.user_id for account in some]
        stored = await connection.scalars(text("SELECT user_id FROM user_balances"))
        assert set(stored) <= set(read)
    assert len(read) == len(set(read))


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_only_operators_check_the_ledger(member: Member, role: str) -> None:
    stub = ledger_check_pb2_grpc.LedgerCheckServiceStub(member.billing.channel)
    other = replace(member, person=Person(roles=frozenset({role})))
    with pytest.raises(Forbidden):
        await other.call(stub.ListWrongBalances, ledger_check_pb2.ListWrongBalancesRequest())


async def test_a_wrong_request_or_one_without_a_token_is_refused(member: Member) -> None:
    stub = ledger_check_pb2_grpc.LedgerCheckServiceStub(member.billing.channel)
    operator = replace(member, person=Person(roles=frozenset({"ADMIN"})))
    with pytest.raises(InvalidInput) as refusal:
        await operator.call(
            stub.ListWrongBalances, ledger_check_pb2.ListWrongBalancesRequest(limit=1_001)
        )
    assert [each.field for each in refusal.value.fields] == ["limit"]
    with pytest.raises(Unauthenticated):
        await member.billing.caller().call(
            stub.ListWrongBalances, ledger_check_pb2.ListWrongBalancesRequest()
        )
