"""The money that Stripe refunds and disputes take from a balance."""

from dataclasses import dataclass, replace

from services.billing.domain.ledger import LedgerAccount, Movement


@dataclass(frozen=True, slots=True)
class Reversal:
    """Money that a Stripe refund or dispute takes from a balance.

    Attributes:
        external_id: Stripe's id of the refund or dispute.
        account: the balance that the money is taken from.
        held_cents: cents that Stripe holds now; 0 after a refund failed or was canceled, or after a
            dispute was won.
        taken_cents: cents that were taken from the balance and not returned.
        movements: how many movements of the balance this reversal has caused so far.
    """

    external_id: str
    account: LedgerAccount
    held_cents: int
    taken_cents: int = 0
    movements: int = 0

    @property
    def owed_cents(self) -> int:
        """Cents that Stripe holds and that are still to be taken from the balance."""
        return max(self.held_cents - self.taken_cents, 0)

    @property
    def excess_cents(self) -> int:
        """Cents that were taken but are not held by Stripe, to be returned to the balance."""
        return max(self.taken_cents - self.held_cents, 0)

    def collecting(self) -> Movement:
        """Return the movement that takes the owed cents from the balance."""
        return self._movement(self.owed_cents, "taken", "Payment refunded or disputed at Stripe")

    def returning(self) -> Movement:
        """Return the movement that returns the excess cents to the balance."""
        text = "Refund or dispute reversed at Stripe"
        return self._movement(self.excess_cents, "returned", text)

    def moved(self, cents: int) -> "Reversal":
        """Return the reversal after ``cents`` more were taken from the balance.

        If ``cents`` is negative, the money was returned to the balance.
        """
        return replace(self, taken_cents=self.taken_cents + cents, movements=self.movements + 1)

    def _movement(self, cents: int, kind: str, description: str) -> Movement:
        external_id = f"{self.external_id}:{kind}-{self.movements + 1}"
        return Movement(self.account, cents, "stripe", external_id, description)
