"""Charges are made in order, until the balance does not cover the next one."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.billing.domain.ledger import Charge, affordable

charges = st.lists(st.integers(min_value=0, max_value=500)).map(
    lambda amounts: [Charge(UUID(int=n), cents) for n, cents in enumerate(amounts)]
)
balances = st.integers(min_value=0, max_value=5000)


@given(charges, balances)
def test_without_all_or_nothing_the_first_charges_that_the_balance_covers_are_returned(
    wanted: list[Charge], balance: int
) -> None:
    covered = affordable(wanted, balance, all_or_nothing=False)
    assert covered == wanted[: len(covered)]
    assert sum(c.amount_cents for c in covered) <= balance
    if len(covered) < len(wanted):
        assert sum(c.amount_cents for c in wanted[: len(covered) + 1]) > balance


@given(charges, balances)
def test_with_all_or_nothing_all_charges_are_returned_or_none(
    wanted: list[Charge], balance: int
) -> None:
    covered = affordable(wanted, balance, all_or_nothing=True)
    affordable_at_all = sum(c.amount_cents for c in wanted) <= balance
    assert covered == (wanted if affordable_at_all else [])
