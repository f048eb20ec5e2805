"""An operator adjusts a balance once, with a reason, and never below zero."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from servicekit.errors import Forbidden, InsufficientBalance, InvalidInput
from servicekit.operation import operating
from services.billing.storage import balances
from services.billing.tests.member import Member
from services.billing.tests.money import account_of, ledger_sum
from smsblaster.billing.v1 import (
    adjustments_pb2,
    adjustments_pb2_grpc,
    transactions_pb2,
    transactions_pb2_grpc,
)
from tests.fixtures.running import Person


@pytest.fixture
def operator(member: Member) -> Member:
    """Return a platform operator, who belongs to another organisation."""
    return replace(member, person=Person(roles=frozenset({"ADMIN"})))


async def adjust(
    operator: Member, cents: int, operation: UUID | None = None, **further: Any
) -> adjustments_pb2.Adjustment:
    stub = adjustments_pb2_grpc.AdjustmentServiceStub(operator.billing.channel)
    request = adjustments_pb2.AdjustBalanceRequest(
        **{"amount_cents": cents, "reason": "A mistake of ours", **further}
    )
    with operating(operation):
        return await operator.call(stub.AdjustBalance, request)


async def balance(member: Member) -> int:
    account = account_of(member.person)
    async with member.database.org(account.org_id) as connection:
        stored = await balances.read_balance(connection, account)
    assert stored == await ledger_sum(member.database, member.person)
    return stored


async def test_an_operator_adds_and_takes_money(operator: Member, member: Member) -> None:
    await member.pay_in(100)
    user = str(member.person.user_id)
    added = await adjust(operator, 50, user_id=user)
    assert (added.org_id, added.balance_cents) == (str(member.person.org_id), 150)
    taken = await adjust(operator, -150, user_id=user)
    assert (taken.amount_cents, taken.balance_cents) == (-150, 0)
    assert await balance(member) == 0


async def test_an_adjustment_is_in_the_ledger_and_the_audit_log(
    operator: Member, member: Member
) -> None:
    await member.pay_in(100)
    await adjust(operator, -30, user_id=str(member.person.user_id))
    stub = transactions_pb2_grpc.TransactionServiceStub(member.billing.channel)
    page = await member.call(
        stub.ListTransactions, transactions_pb2.ListTransactionsRequest(limit=1)
    )
    assert page.items[0].type == transactions_pb2.TRANSACTION_TYPE_DEBIT
    assert page.items[0].source == transactions_pb2.TRANSACTION_SOURCE_ADMIN_ADJUST
    assert page.items[0].description == "A mistake of ours"
    [entry] = await member.audit_entries()
    assert (entry.action, entry.entity_id) == ("balance_adjusted", str(member.person.user_id))
    assert entry.actor_user_id == str(operator.person.user_id)
    assert (entry.meta["amount_cents"], entry.meta["reason"]) == (-30, "A mistake of ours")


@pytest.mark.parametrize("cents", [40, -40])
async def test_an_adjustment_repeated_with_the_same_operation_id_moves_money_once(
    operator: Member, member: Member, cents: int
) -> None:
    await member.pay_in(100)
    operation, user = uuid4(), str(member.person.user_id)
    answers = await asyncio.gather(
        *(adjust(operator, cents, operation, user_id=user) for _ in range(4))
    )
    assert {answer.balance_cents for answer in answers} == {100 + cents}
    assert await balance(member) == 100 + cents
    assert len(await member.audit_entries()) == 1


async def test_an_operator_cannot_take_more_than_the_balance(
    operator: Member, member: Member
) -> None:
    await member.pay_in(100)
    with pytest.raises(InsufficientBalance):
        await adjust(operator, -101, user_id=str(member.person.user_id))
    assert await balance(member) == 100
    assert not await member.audit_entries()


async def test_an_operator_must_name_the_organisation_of_a_user_without_balance(
    operator: Member, member: Member
) -> None:
    user = str(member.person.user_id)
    with pytest.raises(InvalidInput) as refusal:
        await adjust(operator, 10, user_id=user)
    assert (refusal.value.fields[0].field, refusal.value.code) == ("userId", "unknown_user")
    await adjust(operator, 10, user_id=user, org_id=str(member.person.org_id))
    assert await balance(member) == 10


async def test_an_adjustment_that_names_the_wrong_organisation_of_a_user_is_refused(
    operator: Member, member: Member, stranger: Member
) -> None:
    await member.pay_in(100)
    with pytest.raises(InvalidInput) as refusal:
        await adjust(
            operator, 10, user_id=str(member.person.user_id), org_id=str(stranger.person.org_id)
        )
    assert refusal.value.fields[0].field == "orgId"
    assert await balance(member) == 100


@pytest.mark.parametrize(
    ("further", "field"),
    [
        ({"user_id": "me"}, "userId"),
        ({"amount_cents": 0}, "amountCents"),
        ({"amount_cents": 100_000_001}, "amountCents"),
        ({"amount_cents": -100_000_001}, "amountCents"),
        ({"reason": " "}, "reason"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"org_id": "mine"}, "orgId"),
    ],
)
async def test_invalid_input_gets_an_error_for_its_field(
    operator: Member, member: Member, further: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await adjust(operator, 1, **{"user_id": str(member.person.user_id), **further})
    assert {fault.field for fault in refusal.value.fields} == {field}


@pytest.mark.parametrize("role", ["owner", "admin", "member"])
async def test_members_who_are_not_operators_cannot_adjust_a_balance(
    member: Member, role: str
) -> None:
    someone = replace(member, person=replace(member.person, roles=frozenset({role})))
    with pytest.raises(Forbidden):
        await adjust(someone, 1, user_id=str(member.person.user_id))
    assert await balance(member) == 0


async def test_operators_see_the_balances_of_organisations(
    member: Member, stranger: Member, operator: Member
) -> None:
    await member.pay_in(5)
    await replace(member, person=Person(member.person.org_id)).pay_in(7)
    stub = adjustments_pb2_grpc.AdminBalanceServiceStub(member.billing.channel)
    request = adjustments_pb2.ListOrganisationBalancesRequest(
        org_ids=[str(stranger.person.org_id), str(member.person.org_id)]
    )
    with pytest.raises(Forbidden):
        await member.call(stub.ListOrganisationBalances, request)
    found = await operator.call(stub.ListOrganisationBalances, request)
    assert [each.balance_cents for each in found.items] == [0, 12]


async def test_an_operator_adjusts_the_balance_of_an_organisation(
    member: Member, operator: Member
) -> None:
    stub = adjustments_pb2_grpc.AdjustmentServiceStub(member.billing.channel)
    request = adjustments_pb2.AdjustBalanceRequest(
        org_id=str(member.person.org_id), amount_cents=40, reason="Goodwill"
    )
    made = await operator.call(stub.AdjustBalance, request)
    assert (made.balance_cents, made.HasField("user_id")) == (40, False)
    shared = Person(member.person.org_id, member.person.org_id)
    assert await ledger_sum(member.database, shared) == 40
    nobody = adjustments_pb2.AdjustBalanceRequest(amount_cents=40, reason="Goodwill")
    with pytest.raises(InvalidInput, match="required"):
        await operator.call(stub.AdjustBalance, nobody)
