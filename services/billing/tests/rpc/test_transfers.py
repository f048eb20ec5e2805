"""Admins transfer money between the balances of their organisation, once per operation id."""

from uuid import UUID, uuid4

import pytest

from servicekit.errors import CrossOrgAccess, Forbidden, InsufficientBalance, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.operation import operating
from services.billing.tests.member import Member
from services.billing.tests.money import ledger_sum
from smsblaster.billing.v1 import (
    transactions_pb2,
    transactions_pb2_grpc,
    transfers_pb2,
    transfers_pb2_grpc,
)
from tests.fixtures.running import Person


async def transfer(
    member: Member, cents: int, from_user: UUID | None, to_user: UUID | None
) -> transfers_pb2.Transfer:
    stub = transfers_pb2_grpc.TransferServiceStub(member.billing.channel)
    request = transfers_pb2.TransferBalanceRequest(
        from_user_id=str(from_user) if from_user else None,
        to_user_id=str(to_user) if to_user else None,
        amount_cents=cents,
    )
    return await member.call(stub.TransferBalance, request)


async def sums(member: Member, *people: Person) -> list[int]:
    return [await ledger_sum(member.database, each) for each in people]


async def test_a_transfer_moves_money_with_two_rows_and_an_audit_entry(member: Member) -> None:
    colleague = Person(member.person.org_id)
    await member.pay_in(100)
    made = await transfer(member, 30, member.person.user_id, colleague.user_id)
    assert (made.from_balance_cents, made.to_balance_cents) == (70, 30)
    assert await sums(member, member.person, colleague) == [70, 30]
    stub = transactions_pb2_grpc.TransactionServiceStub(member.billing.channel)
    request = transactions_pb2.ListTransactionsRequest(
        source=transactions_pb2.TRANSACTION_SOURCE_TRANSFER
    )
    rows = (await member.call(stub.ListTransactions, request)).items
    assert {(row.user_id, row.type, row.amount_cents, row.balance_after_cents) for row in rows} == {
        (str(member.person.user_id), transactions_pb2.TRANSACTION_TYPE_DEBIT, 30, 70),
        (str(colleague.user_id), transactions_pb2.TRANSACTION_TYPE_CREDIT, 30, 30),
    }
    assert {row.by_user_id for row in rows} == {str(member.person.user_id)}
    assert [entry.action for entry in await member.audit_entries()] == ["balance_transferred"]


async def test_a_transfer_repeated_with_the_same_operation_id_moves_the_money_once(
    member: Member,
) -> None:
    await member.pay_in(100)
    with operating(uuid4()):
        first = await transfer(member, 60, member.person.user_id, None)
        again = await transfer(member, 60, member.person.user_id, None)
    assert again == first
    shared = Person(member.person.org_id, member.person.org_id)
    assert await sums(member, member.person, shared) == [40, 60]


async def test_money_is_transferred_back_from_the_organisations_balance(member: Member) -> None:
    await member.pay_in(100)
    await transfer(member, 100, member.person.user_id, None)
    made = await transfer(member, 1, None, member.person.user_id)
    assert (made.from_balance_cents, made.to_balance_cents) == (99, 1)


async def test_a_transfer_of_more_than_the_balance_is_refused_and_moves_nothing(
    member: Member,
) -> None:
    await member.pay_in(5)
    with pytest.raises(InsufficientBalance):
        await transfer(member, 6, member.person.user_id, None)
    with pytest.raises(NotFound):
        await transfer(member, 1, uuid4(), member.person.user_id)
    shared = Person(member.person.org_id, member.person.org_id)
    assert await sums(member, member.person, shared) == [5, 0]


async def test_a_transfer_from_another_organisations_balance_is_refused(
    member: Member, stranger: Member
) -> None:
    await stranger.pay_in(50)
    with pytest.raises(CrossOrgAccess):
        await transfer(member, 10, stranger.person.user_id, None)
    assert await sums(stranger, stranger.person) == [50]


async def test_a_transfer_to_the_same_balance_is_refused(member: Member) -> None:
    with pytest.raises(InvalidInput, match="toUserId"):
        await transfer(member, 1, None, None)


async def test_only_owners_and_admins_can_transfer_money(member: Member) -> None:
    plain = Person(member.person.org_id, roles=frozenset({"member"}))
    stub = transfers_pb2_grpc.TransferServiceStub(member.billing.channel)
    request = transfers_pb2.TransferBalanceRequest(to_user_id=str(uuid4()), amount_cents=1)
    with acting_as(plain.identity()), pytest.raises(Forbidden):
        await member.billing.caller().call(stub.TransferBalance, request)
