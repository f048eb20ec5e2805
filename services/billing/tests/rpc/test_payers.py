"""The organisation's setting decides whose balance pays.

A campaign that has begun keeps its payer when the setting changes.
"""

from uuid import UUID, uuid4

from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.billing.storage import balances
from services.billing.tests.member import Member
from services.billing.tests.money import ledger_sum, pay_in
from smsblaster.billing.v1 import (
    balance_pb2,
    balance_pb2_grpc,
    charges_pb2,
    charges_pb2_grpc,
    checkout_pb2,
    checkout_pb2_grpc,
    number_charges_pb2,
    number_charges_pb2_grpc,
    payers_pb2,
    payers_pb2_grpc,
)
from tests.fixtures.running import Person

MEMBER, ORGANISATION = payers_pb2.PAYER_MEMBER, payers_pb2.PAYER_ORGANISATION


def shared(person: Person) -> Person:
    """Return a person whose balance is the organisation's own."""
    return Person(person.org_id, person.org_id)


async def charge(member: Member, user_id: UUID, *, by_setting: bool) -> UUID:
    """Charge 3 cents for a message. Return its id.

    ``by_setting``: whether the organisation's billing settings decide who pays.
    """
    message, stub = uuid4(), charges_pb2_grpc.ChargeServiceStub(member.billing.channel)
    request = charges_pb2.ChargeBatchRequest(
        user_id=str(user_id),
        charges=[charges_pb2.MessageCharge(message_id=str(message), amount_cents=3)],
        by_setting=by_setting,
    )
    with acting_as(member.person.identity()):
        answer = await member.billing.caller("messaging").call(stub.ChargeBatch, request)
    assert list(answer.charged_message_ids) == [str(message)]
    return message


async def refund(member: Member, message: UUID) -> None:
    stub = charges_pb2_grpc.ChargeServiceStub(member.billing.channel)
    request = charges_pb2.RefundBatchRequest(message_ids=[str(message)])
    with acting_as(member.person.identity()):
        await member.billing.caller("messaging").call(stub.RefundBatch, request)


async def sums(member: Member) -> tuple[int, int]:
    """Return the cents of the member's and of the organisation's balance, from the ledger."""
    own = await ledger_sum(member.database, member.person)
    return own, await ledger_sum(member.database, shared(member.person))


async def balance(member: Member) -> balance_pb2.Balance:
    stub = balance_pb2_grpc.BalanceServiceStub(member.billing.channel)
    return await member.call(stub.GetBalance, balance_pb2.GetBalanceRequest())


async def payer_of(member: Member, payer_id: UUID | None = None) -> payers_pb2.PayingBalance:
    stub = payers_pb2_grpc.PayerServiceStub(member.billing.channel)
    request = payers_pb2.GetPayerRequest(payer_id=str(payer_id) if payer_id else None)
    with acting_as(member.person.identity()):
        return await member.billing.caller("messaging").call(stub.GetPayer, request)


async def funded(member: Member) -> None:
    await member.pay_in(10)
    await pay_in(member.database, shared(member.person), 50)


async def test_members_pay_from_their_own_balance_until_the_organisation_decides_otherwise(
    member: Member,
) -> None:
    await funded(member)
    assert (await member.settings()).payer == MEMBER
    await charge(member, member.person.user_id, by_setting=True)
    assert await sums(member) == (7, 50)
    shown = await balance(member)
    assert (shown.payer, shown.balance_cents) == (MEMBER, 7)
    assert (shown.own_balance_cents, shown.organisation_balance_cents) == (7, 50)


async def test_the_organisation_pays_for_its_members_if_its_settings_say_so(member: Member) -> None:
    await funded(member)
    await member.set(min_balance_cents=0, payer=ORGANISATION)
    message = await charge(member, member.person.user_id, by_setting=True)
    assert await sums(member) == (10, 47)
    shown = await balance(member)
    assert (shown.payer, shown.balance_cents) == (ORGANISATION, 47)
    found = await payer_of(member)
    assert (found.payer, found.payer_id) == (ORGANISATION, str(member.person.org_id))
    # The refund goes to the balance that was charged, even if the setting has changed since.
    await member.set(min_balance_cents=0, payer=MEMBER)
    await refund(member, message)
    assert await sums(member) == (10, 50)


async def test_a_campaign_that_has_begun_keeps_its_payer_when_the_setting_changes(
    member: Member,
) -> None:
    await funded(member)
    await member.set(min_balance_cents=0, payer=ORGANISATION)
    await charge(member, member.person.user_id, by_setting=False)
    assert await sums(member) == (7, 50)
    await member.set(min_balance_cents=0, payer=MEMBER)
    await charge(member, member.person.org_id, by_setting=False)
    assert await sums(member) == (7, 47)
    found = await payer_of(member, member.person.org_id)
    assert (found.payer, found.balance_cents) == (ORGANISATION, 47)


async def test_saving_only_the_alerts_keeps_the_payer_and_raises_the_version(
    member: Member,
) -> None:
    await member.set(min_balance_cents=5, payer=ORGANISATION)
    kept = await member.set(min_balance_cents=7)
    assert kept.payer == ORGANISATION
    assert (await member.settings()).payer == ORGANISATION
    assert kept.version == 2
    entries = await member.audit_entries()
    assert [entry.action for entry in entries] == ["billing_settings_changed"] * 2


async def test_a_top_up_adds_to_the_balance_that_pays_for_the_callers_messages(
    member: Member,
) -> None:
    await member.set(min_balance_cents=0, payer=ORGANISATION)
    stub = checkout_pb2_grpc.CheckoutServiceStub(member.billing.channel)
    request = checkout_pb2.CreateCheckoutRequest(amount_cents=500)
    opened = await member.call(stub.CreateCheckout, request)
    found = await member.call(
        stub.GetCheckout, checkout_pb2.GetCheckoutRequest(session_id=opened.session_id)
    )
    assert found.payer == ORGANISATION
    assert found.status == checkout_pb2.CHECKOUT_STATUS_OPEN


async def test_the_organisation_pays_the_month_of_a_phone_number_if_its_settings_say_so(
    member: Member,
) -> None:
    await funded(member)
    await member.set(min_balance_cents=0, payer=ORGANISATION)
    stub = number_charges_pb2_grpc.NumberChargeServiceStub(member.billing.channel)
    request = number_charges_pb2.ChargeNumberRequest(
        number_id=str(uuid4()),
        period="2026-11-01",
        amount_cents=8,
        user_id=str(member.person.user_id),
        phone_number="+14155550100",
    )
    with acting_as(member.person.identity()):
        answer = await member.billing.caller("messaging").call(stub.ChargeNumber, request)
    assert answer.charged
    assert await sums(member) == (10, 42)


async def test_the_own_balance_of_an_organisation_is_known_to_belong_to_that_organisation(
    member: Member, database: Database
) -> None:
    await funded(member)
    async with database.system() as connection:
        found = await balances.organisation_of(connection, member.person.org_id)
    assert found == member.person.org_id
