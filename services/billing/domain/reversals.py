"""What a refund or dispute at Stripe means for a balance."""

from dataclasses import dataclass, replace

from services.billing.domain.ledger import LedgerAccount, Movement


@dataclass(frozen=True, slots=True)
class Reversal:
    """Money that a refund or dispute holds back.

    Attributes:
        external_id: the refund's or dispute's id at Stripe.
        account: whose money it is.
        held_cents: what Stripe holds back now; 0 once it has failed, was canceled or was won.
        taken_cents: what of it has left the balance.
        movements: how often it has moved money so far.
    """

    external_id: str
    account: LedgerAccount
    held_cents: int
    taken_cents: int = 0
    movements: int = 0

    @property
    def owed_cents(self) -> int:
        """What is still to be taken."""
        return max(self.held_cents - self.taken_cents, 0)

    @property
    def excess_cents(self) -> int:
        """What was taken beyond what is held back, and is to be given back."""
        return max(self.taken_cents - self.held_cents, 0)

    def collecting(self) -> Movement:
        """The movement that takes what is owed."""
        return self._movement(self.owed_cents, "taken", "Payment returned by Stripe")

    def returning(self) -> Movement:
        """The movement that gives back what was taken too much."""
        text = "Returned payment given back by Stripe"
        return self._movement(self.excess_cents, "returned", text)

    def moved(self, cents: int) -> "Reversal":
        """The reversal after a movement: ``cents`` more have been taken, or fewer if negative."""
        return replace(self, taken_cents=self.taken_cents + cents, movements=self.movements + 1)

    def _movement(self, cents: int, kind: str, description: str) -> Movement:
        external_id = f"{self.external_id}:{kind}-{self.movements + 1}"
        return Movement(self.account, cents, "stripe", external_id, description)
