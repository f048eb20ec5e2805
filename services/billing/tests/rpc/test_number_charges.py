"""A month of a phone number is charged once, and the organisation is alerted if it is unpaid."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.db.database import Database
from servicekit.errors import Forbidden
from servicekit.identity import acting_as
from servicekit.ids import new_id
from servicekit.mail import Mailer
from services.billing.domain.number_alerts import AlertedNumber, not_covered
from services.billing.tests.member import Member
from services.billing.tests.money import ledger_sum, pay_in
from services.billing.usecases.send_alerts import SendAlerts
from smsblaster.billing.v1 import (
    number_charges_pb2,
    number_charges_pb2_grpc,
    prices_pb2,
    prices_pb2_grpc,
    transactions_pb2,
    transactions_pb2_grpc,
)
from tests.fixtures.running import POSTMARK_TOKEN, Person, Simulator
from tests.fixtures.waiting import wait_until

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)


class Holder:
    """An organisation with a phone number. Calls billing about the number as messaging does."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.number_id = str(uuid4())
        self._stub = number_charges_pb2_grpc.NumberChargeServiceStub(member.billing.channel)

    async def call(self, method: Any, request: Any) -> Any:
        with acting_as(self.member.person.identity()):
            return await self.member.billing.caller("messaging").call(method, request)

    async def charge(self, period: str, cents: int = 150, or_anybody: bool = False) -> bool:
        request = number_charges_pb2.ChargeNumberRequest(
            number_id=self.number_id,
            period=period,
            amount_cents=cents,
            user_id=str(self.member.person.user_id),
            or_anybody=or_anybody,
            phone_number="+14155550100",
        )
        return bool((await self.call(self._stub.ChargeNumber, request)).charged)

    async def refund(self, period: str) -> None:
        request = number_charges_pb2.RefundNumberRequest(number_id=self.number_id, period=period)
        await self.call(self._stub.RefundNumber, request)

    async def alert(self, news: int, cents: int = 150, at: datetime = SOON) -> list[str]:
        number = number_charges_pb2.NumberToTell(
            number_id=self.number_id,
            phone_number="+14155550100",
            cents_per_month=cents,
            user_id=str(self.member.person.user_id),
            email=self.address,
        )
        number.at.FromDatetime(at)
        request = number_charges_pb2.TellOfNumbersRequest(news=news, numbers=[number])  # type: ignore[arg-type]
        return list((await self.call(self._stub.TellOfNumbers, request)).told_number_ids)

    @property
    def address(self) -> str:
        return f"{self.member.person.user_id.hex}@example.com"

    async def balance(self) -> int:
        return await ledger_sum(self.member.database, self.member.person)


@pytest.fixture
def holder(member: Member) -> Holder:
    return Holder(member)


async def test_the_month_of_a_phone_number_is_charged_once_even_if_the_call_is_repeated(
    holder: Holder,
) -> None:
    await holder.member.pay_in(1000)
    answers = await asyncio.gather(*(holder.charge("2026-11-29") for _ in range(5)))
    assert answers == [True] * 5
    assert await holder.balance() == 850
    assert await holder.charge("2026-12-29")
    assert await holder.balance() == 700
    stub = transactions_pb2_grpc.TransactionServiceStub(holder.member.billing.channel)
    rows = await holder.member.call(
        stub.ListTransactions, transactions_pb2.ListTransactionsRequest(limit=1)
    )
    [row] = rows.items
    assert row.source == transactions_pb2.TRANSACTION_SOURCE_NUMBER
    assert row.external_id == f"{holder.number_id}:2026-12-29"
    assert row.description == "Number +14155550100, month from 2026-12-29"


async def test_the_month_of_a_phone_number_is_not_charged_with_insufficient_balance(
    holder: Holder,
) -> None:
    await holder.member.pay_in(149)
    assert not await holder.charge("2026-11-29")
    assert await holder.balance() == 149


async def test_if_allowed_another_user_of_the_organisation_pays_for_the_phone_number(
    holder: Holder, database: Database, stranger: Member
) -> None:
    await stranger.pay_in(1000)
    colleague = Person(org_id=holder.member.person.org_id)
    await pay_in(database, colleague, 1000)
    assert not await holder.charge("2026-11-29")
    assert await holder.charge("2026-11-29", or_anybody=True)
    assert await ledger_sum(database, colleague) == 850
    # The month counts as paid although the requested payer has no money.
    assert await holder.charge("2026-11-29")
    assert await ledger_sum(database, stranger.person) == 1000


async def test_the_month_of_a_phone_number_is_refunded_once_and_only_if_it_was_charged(
    holder: Holder,
) -> None:
    await holder.member.pay_in(1000)
    await holder.refund("2026-11-29")
    assert await holder.balance() == 1000
    await holder.charge("2026-11-29")
    await asyncio.gather(*(holder.refund("2026-11-29") for _ in range(5)))
    assert await holder.balance() == 1000


async def test_users_cannot_call_the_number_charge_service(holder: Holder) -> None:
    stub = number_charges_pb2_grpc.NumberChargeServiceStub(holder.member.billing.channel)
    with pytest.raises(Forbidden):
        await holder.member.call(stub.GetNumberTerms, number_charges_pb2.GetNumberTermsRequest())


async def test_the_price_list_has_the_monthly_prices_of_phone_numbers(member: Member) -> None:
    stub = prices_pb2_grpc.PriceServiceStub(member.billing.channel)
    listed = await member.call(stub.ListPrices, prices_pb2.ListPricesRequest())
    prices = {(p.country, p.number_type): p.cents_per_month for p in listed.numbers}
    assert prices["US", "local"] == prices["CA", "local"] == 150
    assert all(cents > 0 for cents in prices.values())


async def test_an_alert_about_a_number_is_mailed_and_listed_once(
    holder: Holder, simulator: Simulator, database: Database
) -> None:
    for _ in range(3):
        alerted = await holder.alert(number_charges_pb2.NUMBER_NEWS_UNPAID)
        assert alerted == [holder.number_id]
    mailer = Mailer(simulator.postmark_url, POSTMARK_TOKEN, "smsblaster@example.com")
    await SendAlerts(database, mailer, "https://app.test").send_due()
    await mailer.close()

    async def mailed() -> bool:  # sent by this test or by the running service
        return bool((await holder.member.notifications()).items[0].HasField("sent_at"))

    await wait_until(mailed)
    [mail] = simulator.mails(holder.address)
    assert mail["Subject"] == "Your organisation: phone numbers are not paid"
    [notification] = (await holder.member.notifications()).items
    [number] = notification.payload.numbers
    assert (number.phone_number, number.cents_per_month) == ("+14155550100", 150)
    assert number.at.ToDatetime(UTC) == SOON


async def test_an_alert_about_a_due_month_is_created_only_if_no_balance_covers_it(
    holder: Holder,
) -> None:
    await holder.member.pay_in(150)
    assert await holder.alert(number_charges_pb2.NUMBER_NEWS_DUE) == []
    assert await holder.alert(number_charges_pb2.NUMBER_NEWS_DUE, cents=151) == [holder.number_id]


USERS = [new_id() for _ in range(3)]


@given(
    st.lists(st.integers(1, 300), max_size=6),
    st.dictionaries(st.sampled_from(USERS), st.integers(0, 600)),
    st.sampled_from([None, *USERS]),
)
def test_an_alert_lists_exactly_the_numbers_that_charging_cannot_pay(
    prices: list[int], balances: dict[Any, int], payer: Any
) -> None:
    numbers = [
        AlertedNumber(new_id(), "+1", cents, SOON + timedelta(days=day), payer)
        for day, cents in enumerate(prices)
    ]
    left, unpaid = dict(balances), []
    for number in numbers:
        able = [user for user in left if left[user] >= number.cents_per_month]
        if not able:
            unpaid.append(number)
        elif payer in able:
            left[payer] -= number.cents_per_month
        else:
            left[max(able, key=lambda user: left[user])] -= number.cents_per_month
    assert list(not_covered(numbers, balances)) == unpaid
