"""Months of phone numbers, as movements of money."""

from dataclasses import dataclass
from uuid import UUID

from services.billing.domain.ledger import LedgerAccount, Movement


@dataclass(frozen=True, slots=True)
class NumberMonth:
    """A month of a phone number and its price. ``period`` is its first day (ISO 8601)."""

    number_id: UUID
    phone_number: str
    period: str
    amount_cents: int

    def charged_to(self, account: LedgerAccount) -> Movement:
        """Return the movement that charges the month to ``account``."""
        return Movement(
            account,
            self.amount_cents,
            "number",
            external_id(self.number_id, self.period),
            f"Number {self.phone_number}, month from {self.period}",
        )


@dataclass(frozen=True, slots=True)
class NumberCharge:
    """The charge of a month, as the ledger has it."""

    account: LedgerAccount
    amount_cents: int
    external_id: str
    description: str

    def refund(self) -> Movement:
        """Return the movement that gives the month back to the payer."""
        return Movement(
            self.account,
            self.amount_cents,
            "number",
            f"refund:{self.external_id}",
            f"Refund: {self.description}",
        )


def external_id(number_id: UUID, period: str) -> str:
    """Return the id under which a month is charged once."""
    return f"{number_id}:{period}"
