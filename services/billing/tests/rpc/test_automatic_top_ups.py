"""The rules for automatic top-ups: when, how much, and with which saved card."""

import pytest

from servicekit.errors import Forbidden, InvalidInput, PreconditionFailed
from servicekit.identity import acting_as
from services.billing.tests.saved_card import DECLINED_LATER, CardHolder
from smsblaster.billing.v1 import automatic_top_ups_pb2, payers_pb2

RULE = {"threshold_cents": 1000, "amount_cents": 2000, "daily_limit_cents": 5000}


async def test_without_a_saved_rule_automatic_top_ups_are_off(holder: CardHolder) -> None:
    found = await holder.automatic_top_up()
    assert (found.enabled, found.version, found.HasField("card")) == (False, 0, False)
    assert found.payer == payers_pb2.PAYER_MEMBER


async def test_a_checkout_saves_the_card_if_the_payer_wants_it(holder: CardHolder) -> None:
    await holder.saves_card(2000)
    found = await holder.automatic_top_up()
    assert (found.card.brand, found.card.last4, found.enabled) == ("visa", "4242", False)
    await holder.pays(2000)
    assert (await holder.automatic_top_up()).version == found.version


async def test_a_rule_for_automatic_top_ups_is_saved_and_audited(holder: CardHolder) -> None:
    await holder.saves_card(2000)
    changed = await holder.set(enabled=True, **RULE)
    assert (changed.enabled, changed.threshold_cents, changed.amount_cents) == (True, 1000, 2000)
    assert changed == await holder.automatic_top_up()
    assert "automatic_top_up_changed" in await holder.audited()


async def test_automatic_top_ups_need_a_saved_card(holder: CardHolder) -> None:
    with pytest.raises(InvalidInput) as caught:
        await holder.set(enabled=True, **RULE)
    assert (caught.value.fields[0].field, caught.value.code) == ("enabled", "card_missing")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"threshold_cents": 99}, "thresholdCents"),
        ({"amount_cents": 499}, "amountCents"),
        ({"daily_limit_cents": 1999}, "dailyLimitCents"),
        ({"threshold_cents": 2001}, "amountCents"),
    ],
)
async def test_invalid_or_contradicting_amounts_are_refused(
    holder: CardHolder, changes: dict[str, int], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await holder.set(enabled=False, **{**RULE, **changes})
    assert caught.value.fields[0].field == field


async def test_a_rule_that_somebody_changed_meanwhile_is_not_overwritten(
    holder: CardHolder,
) -> None:
    first = await holder.set(enabled=False, **RULE)
    await holder.set(enabled=False, **{**RULE, "amount_cents": 3000})
    with pytest.raises(PreconditionFailed):
        await holder.set(enabled=False, **RULE, if_version=first.version)


async def test_only_owners_and_admins_change_how_the_organisations_balance_is_topped_up(
    holder: CardHolder,
) -> None:
    await holder.let_organisation_pay()
    colleague = holder.colleague()
    assert (await colleague.automatic_top_up()).payer == payers_pb2.PAYER_ORGANISATION
    for attempt in (
        lambda: colleague.set(enabled=False, **RULE),
        lambda: colleague.checkout(2000, save_card=True),
    ):
        with pytest.raises(Forbidden):
            await attempt()
    await colleague.checkout(2000)


async def test_a_member_has_an_automatic_top_up_rule_for_their_own_balance(
    holder: CardHolder,
) -> None:
    colleague = holder.colleague()
    await colleague.saves_card(2000)
    await colleague.set(enabled=True, **RULE)
    assert not (await holder.automatic_top_up()).HasField("card")


async def test_another_organisation_cannot_see_the_saved_card(
    holder: CardHolder, other_holder: CardHolder
) -> None:
    await holder.saves_card(2000)
    assert await other_holder.automatic_top_up() == automatic_top_ups_pb2.AutomaticTopUp(
        threshold_cents=1000,
        amount_cents=5000,
        daily_limit_cents=20000,
        payer=payers_pb2.PAYER_MEMBER,
    )


async def test_a_deleted_card_is_deleted_at_stripe_too(holder: CardHolder) -> None:
    await holder.saves_card(2000)
    await holder.set(enabled=True, **RULE)
    customer = holder.customer()
    assert holder.payer.stripe(f"payment_methods?customer={customer}")["data"]
    gone = await holder.delete_card()
    assert (gone.enabled, gone.HasField("card")) == (False, False)
    assert holder.payer.stripe(f"payment_methods?customer={customer}")["data"] == []
    assert "saved_card_deleted" in await holder.audited()
    with acting_as(holder.payer.person.identity()):
        assert await holder.delete_card() == gone


async def test_a_newer_card_replaces_the_older_one_here_and_at_stripe(holder: CardHolder) -> None:
    await holder.saves_card(2000)
    customer = holder.customer()
    await holder.saves_card(2000, DECLINED_LATER)
    assert (await holder.automatic_top_up()).card.last4 == DECLINED_LATER[-4:]
    [kept] = holder.payer.stripe(f"payment_methods?customer={customer}")["data"]
    assert kept["card"]["last4"] == DECLINED_LATER[-4:]


async def test_once_the_organisation_pays_for_its_members_their_cards_are_not_charged(
    holder: CardHolder,
) -> None:
    colleague = holder.colleague()
    await colleague.saves_card(2000)
    await colleague.set(enabled=True, **RULE)
    await holder.let_organisation_pay()
    gone = await colleague.delete_card()
    assert (gone.enabled, gone.payer) == (False, payers_pb2.PAYER_MEMBER)
    assert not gone.HasField("card")


async def test_a_transfer_from_a_members_balance_by_another_user_turns_automatic_top_ups_off(
    holder: CardHolder,
) -> None:
    colleague = holder.colleague()
    await colleague.saves_card(2000)
    await colleague.set(enabled=True, **RULE)
    await holder.take_from(colleague, 1500)
    assert not (await colleague.automatic_top_up()).enabled
