"""The monthly price of a phone number, charged and refunded as movements of money."""

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
        """Return the movement that takes the price of the month from ``account``."""
        return Movement(
            account,
            self.amount_cents,
            "number",
            external_id(self.number_id, self.period),
            f"Number {self.phone_number}, month from {self.period}",
        )


@dataclass(frozen=True, slots=True)
class NumberCharge:
    """The charge for a month of a phone number, as it is in the ledger."""

    account: LedgerAccount
    amount_cents: int
    external_id: str
    description: str

    def refund(self) -> Movement:
        """Return the movement that gives the price of the month back to the payer."""
        return Movement(
            self.account,
            self.amount_cents,
            "number",
            f"refund:{self.external_id}",
            f"Refund: {self.description}",
        )


def external_id(number_id: UUID, period: str) -> str:
    """Return the external id of a month's charge, which makes it happen only once."""
    return f"{number_id}:{period}"
