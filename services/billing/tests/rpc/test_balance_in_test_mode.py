"""A test organisation has a fixed balance, and nothing of it is in the ledger."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from servicekit.db.database import Database
from servicekit.errors import Forbidden
from servicekit.identity import acting_as
from servicekit.modes import org_in_test_mode
from services.billing.domain import pretend_balance
from services.billing.tests.money import pay_in
from services.billing.tests.rpc.test_balance import balance
from services.billing.tests.rpc.test_charges import Payer
from smsblaster.billing.v1 import (
    balance_pb2,
    balance_pb2_grpc,
    checkout_pb2,
    checkout_pb2_grpc,
    payers_pb2,
    payers_pb2_grpc,
    transactions_pb2,
    transactions_pb2_grpc,
    transfers_pb2,
    transfers_pb2_grpc,
)
from tests.fixtures.running import Person, Running


def in_test_mode(person: Person) -> Person:
    return Person(org_in_test_mode(person.org_id), person.user_id, person.roles)


async def test_in_test_mode_messages_count_as_charged_and_no_money_moves(
    billing: Running, database: Database
) -> None:
    live = Person()
    await pay_in(database, live, 500)
    tester = in_test_mode(live)
    payer, ids = Payer(billing, database, tester), [uuid4(), uuid4()]
    assert await payer.charge(ids, cents=7) == set(ids)
    assert await payer.refund(ids[:1]) == set(ids[:1])
    assert await balance(billing, tester) == pretend_balance.CENTS
    assert await balance(billing, live) == 500
    stub = transactions_pb2_grpc.TransactionServiceStub(billing.channel)
    with acting_as(tester.identity()):
        listed = await billing.caller().call(
            stub.ListTransactions, transactions_pb2.ListTransactionsRequest()
        )
    assert list(listed.items) == []


async def test_in_test_mode_a_batch_that_costs_more_than_the_fixed_balance_is_not_charged(
    billing: Running, database: Database
) -> None:
    payer, ids = Payer(billing, database, in_test_mode(Person())), [uuid4(), uuid4()]
    assert await payer.charge(ids, cents=pretend_balance.CENTS) == set(ids[:1])
    assert await payer.charge(ids, pretend_balance.CENTS, all_or_nothing=True) == set()


async def test_in_test_mode_every_balance_that_is_shown_is_the_fixed_balance(
    billing: Running,
) -> None:
    tester = in_test_mode(Person())
    with acting_as(tester.identity()):
        shown = await billing.caller().call(
            balance_pb2_grpc.BalanceServiceStub(billing.channel).GetBalance,
            balance_pb2.GetBalanceRequest(),
        )
        payer = await billing.caller("campaigns").call(
            payers_pb2_grpc.PayerServiceStub(billing.channel).GetPayer,
            payers_pb2.GetPayerRequest(),
        )
    fixed = pretend_balance.CENTS
    assert (shown.balance_cents, shown.total_balance_cents) == (fixed, fixed)
    assert payer.balance_cents == fixed


async def test_in_test_mode_money_cannot_be_paid_in_or_moved(billing: Running) -> None:
    tester, caller = in_test_mode(Person()), billing.caller()
    checkout = checkout_pb2_grpc.CheckoutServiceStub(billing.channel)
    transfers = transfers_pb2_grpc.TransferServiceStub(billing.channel)
    with acting_as(tester.identity()):
        with pytest.raises(Forbidden) as no_payment:
            await caller.call(
                checkout.CreateCheckout, checkout_pb2.CreateCheckoutRequest(amount_cents=500)
            )
        with pytest.raises(Forbidden) as no_transfer:
            await caller.call(
                transfers.TransferBalance, transfers_pb2.TransferBalanceRequest(amount_cents=5)
            )
    assert no_payment.value.code == no_transfer.value.code == "not_in_test_mode"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO user_balances (org_id, user_id, balance_cents) VALUES (:org, :user, 1)",
        (
            "INSERT INTO billing_transactions (id, org_id, user_id, type, amount_cents, source,"
            " external_id, description)"
            " VALUES (uuidv7(), :org, :user, 'credit', 1, 'sms', 'x', 'x')"
        ),
    ],
    ids=["balance", "transaction"],
)
async def test_the_database_refuses_ledger_rows_of_a_test_organisation(
    database: Database, statement: str
) -> None:
    tester: UUID = in_test_mode(Person()).org_id
    with pytest.raises(IntegrityError, match=r"ck_(user_balances|billing_transactions)_live"):
        async with database.system() as connection:
            await connection.execute(text(statement), {"org": tester, "user": uuid4()})


async def test_a_test_organisation_is_never_alerted_about_a_low_balance(
    billing: Running, database: Database
) -> None:
    from services.billing.storage import alerts, settings
    from services.billing.storage.settings import AlertSettings

    tester, live = in_test_mode(Person()), Person()
    for person in (tester, live):
        async with database.org(person.org_id) as connection:
            wanted = AlertSettings("Acme", 1000, ("a@example.com",), None)
            await settings.replace(connection, person.org_id, wanted)
    async with database.system() as connection:
        watched = await alerts.orgs_to_watch(connection)
    assert live.org_id in watched
    assert tester.org_id not in watched
