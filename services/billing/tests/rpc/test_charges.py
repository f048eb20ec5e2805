"""Messages are charged once, within the balance, and refunded once."""

import asyncio
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Busy, Forbidden, InvalidInput, Unavailable
from servicekit.identity import acting_as
from servicekit.rpc.client import open_channel
from services.billing.storage import balances
from services.billing.tests.money import account_of, held_balance, ledger_sum, pay_in
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc
from tests.fixtures.databases import somebody_is_blocked
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until


class Payer:
    """A user whose messages are charged."""

    def __init__(self, billing: Running, database: Database, person: Person | None = None) -> None:
        self.person = person or Person()
        self._stub = charges_pb2_grpc.ChargeServiceStub(billing.channel)
        self._caller = billing.caller("messaging")
        self._database = database

    async def charge(
        self, ids: list[UUID], cents: int = 10, all_or_nothing: bool = False
    ) -> set[UUID]:
        with acting_as(self.person.identity()):
            answer = await self._caller.call(
                self._stub.ChargeBatch,
                charges_pb2.ChargeBatchRequest(
                    user_id=str(self.person.user_id),
                    charges=[
                        charges_pb2.MessageCharge(message_id=str(i), amount_cents=cents)
                        for i in ids
                    ],
                    all_or_nothing=all_or_nothing,
                ),
            )
        return {UUID(i) for i in answer.charged_message_ids}

    async def refund(self, ids: list[UUID]) -> set[UUID]:
        with acting_as(self.person.identity()):
            answer = await self._caller.call(
                self._stub.RefundBatch,
                charges_pb2.RefundBatchRequest(message_ids=[str(i) for i in ids]),
            )
        return {UUID(i) for i in answer.refunded_message_ids}

    async def balance(self) -> int:
        account = account_of(self.person)
        async with self._database.org(account.org_id) as connection:
            stored = await balances.read_balance(connection, account)
        assert stored == await ledger_sum(self._database, self.person)
        return stored


@pytest.fixture
async def payer(billing: Running, database: Database) -> Payer:
    payer = Payer(billing, database)
    await pay_in(database, payer.person, 100)
    return payer


def ids(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


async def test_a_batch_is_charged_in_order_until_the_balance_is_used_up(payer: Payer) -> None:
    messages = ids(12)
    assert await payer.charge(messages) == set(messages[:10])
    assert await payer.balance() == 0


async def test_all_or_nothing_charges_nothing_with_insufficient_balance(payer: Payer) -> None:
    assert await payer.charge(ids(12), all_or_nothing=True) == set()
    assert await payer.balance() == 100


async def test_a_repeated_charge_of_a_message_moves_money_once(payer: Payer) -> None:
    messages = ids(3)
    for _ in range(3):
        assert await payer.charge(messages) == set(messages)
    assert await payer.balance() == 70


async def test_exactly_10_of_64_concurrent_charges_succeed_if_the_balance_covers_10(
    payer: Payer,
) -> None:
    answers = await asyncio.gather(*(payer.charge([i]) for i in ids(64)))
    assert sum(len(charged) for charged in answers) == 10
    assert await payer.balance() == 0


async def test_concurrent_identical_batches_are_charged_once(payer: Payer) -> None:
    messages = ids(5)
    answers = await asyncio.gather(*(payer.charge(messages) for _ in range(8)))
    assert answers == [set(messages)] * 8
    assert await payer.balance() == 50


async def test_a_charge_is_refunded_once(payer: Payer) -> None:
    messages = ids(4)
    await payer.charge(messages)
    for _ in range(2):
        assert await payer.refund(messages[:2]) == set(messages[:2])
    assert await payer.balance() == 80


async def test_concurrent_refunds_of_a_charge_refund_it_once(payer: Payer) -> None:
    messages = ids(6)
    await payer.charge(messages)
    await asyncio.gather(*(payer.refund(messages) for _ in range(6)))
    assert await payer.balance() == 100


async def test_a_message_that_was_never_charged_is_not_refunded(payer: Payer) -> None:
    assert await payer.refund(ids(2)) == set()
    assert await payer.balance() == 100


async def test_nothing_is_charged_to_a_user_of_another_organisation(
    payer: Payer, billing: Running, database: Database
) -> None:
    stranger = Payer(billing, database)
    stranger.person = Person(user_id=payer.person.user_id)
    messages = ids(1)
    assert await stranger.charge(messages) == set()
    await payer.charge(messages)
    assert await stranger.refund(messages) == set()
    assert await payer.balance() == 90


async def test_users_cannot_charge_messages(billing: Running, payer: Payer) -> None:
    stub = charges_pb2_grpc.ChargeServiceStub(billing.channel)
    request = charges_pb2.RefundBatchRequest(message_ids=[str(uuid4())])
    with acting_as(payer.person.identity()), pytest.raises(Forbidden):
        await billing.caller("gateway").call(stub.RefundBatch, request)


async def test_invalid_input_gets_an_error_for_its_field(billing: Running, payer: Payer) -> None:
    stub = charges_pb2_grpc.ChargeServiceStub(billing.channel)
    request = charges_pb2.ChargeBatchRequest(
        user_id="me", charges=[charges_pb2.MessageCharge(message_id="x", amount_cents=-1)]
    )
    with acting_as(payer.person.identity()), pytest.raises(InvalidInput) as refusal:
        await billing.caller("messaging").call(stub.ChargeBatch, request)
    assert {f.field for f in refusal.value.fields} == {
        "userId",
        "charges[0].messageId",
        "charges[0].amountCents",
    }
    assert await payer.balance() == 100


async def test_the_price_list_leaves_out_countries_that_we_do_not_serve(
    billing: Running, payer: Payer
) -> None:
    stub = charges_pb2_grpc.ChargeServiceStub(billing.channel)
    with acting_as(payer.person.identity()):
        answer = await billing.caller("messaging").call(
            stub.GetPrices, charges_pb2.GetPricesRequest(countries=["US", "GB", "XX"])
        )
    assert dict(answer.cents_per_segment) == {"US": 1, "GB": 6}
    assert dict(answer.cents_per_mms) == {"US": 3}


def refused_charges() -> float:
    """Return how many calls to charge messages billing has refused as unavailable."""
    method = "/smsblaster.billing.v1.ChargeService/ChargeBatch"
    labels = {"method": method, "status": "UNAVAILABLE"}
    return REGISTRY.get_sample_value("smsblaster_rpc_seconds_count", labels) or 0


async def test_a_charge_of_a_locked_balance_fails_once_and_succeeds_later(
    payer: Payer, billing: Running, database: Database
) -> None:
    """The gRPC library must not retry the call and wait for the same lock again."""
    message_id, before = uuid4(), refused_charges()
    async with open_channel(billing.address, ["smsblaster.billing.v1.ChargeService"]) as channel:
        patient = Payer(Running(channel, billing.signer_key), database, payer.person)
        async with held_balance(database, payer.person):
            with pytest.raises(Busy):
                await patient.charge([message_id])
        await wait_until(lambda: refused_charges() > before)
        assert refused_charges() == before + 1
        left = await payer.balance()
        assert await patient.charge([message_id]) == {message_id}
    assert await payer.balance() == left - 10


async def test_a_locked_balance_does_not_block_other_users(
    payer: Payer, billing: Running, database: Database
) -> None:
    other = Payer(billing, database)
    await pay_in(database, other.person, 100)
    async with held_balance(database, payer.person):
        waiting = [asyncio.create_task(payer.charge([uuid4()])) for _ in range(6)]
        await wait_until(lambda: somebody_is_blocked(database))
        message_id = uuid4()
        assert await other.charge([message_id]) == {message_id}
        answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(answer, Unavailable) for answer in answers)


async def lose_balance(payer: Payer, database: Database) -> None:
    async with database.org(payer.person.org_id) as connection:
        lost = text("DELETE FROM user_balances WHERE user_id = :user_id")
        await connection.execute(lost, {"user_id": payer.person.user_id})


async def test_a_lost_balance_row_is_restored_from_transactions(
    payer: Payer, database: Database
) -> None:
    messages = ids(3)
    await payer.charge(messages)
    for move, left in (
        (payer.refund(messages[:1]), 80),
        (payer.charge(ids(1)), 70),
        (pay_in(database, payer.person, 5), 75),
        (payer.charge(ids(8), all_or_nothing=True), 75),
    ):
        await lose_balance(payer, database)
        assert await payer.balance() == await ledger_sum(database, payer.person)
        await move
        assert await payer.balance() == left


def cents(kind: str) -> float:
    labels = {"source": "sms", "type": kind}
    return REGISTRY.get_sample_value("smsblaster_billing_cents_total", labels) or 0


async def test_repeated_charges_and_refunds_are_counted_once_in_the_metrics(payer: Payer) -> None:
    ids = [uuid4(), uuid4()]
    spent, refunded = cents("debit"), cents("credit")
    for _ in range(2):
        await payer.charge(ids)
    assert cents("debit") - spent == 20
    for _ in range(2):
        await payer.refund(ids[:1])
    assert cents("credit") - refunded == 10
