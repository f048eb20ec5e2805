"""Movements of money, and how many charges a balance covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal
from uuid import UUID

Payer = Literal["member", "organisation"]
"""Whose balance pays: the member's or the organisation's."""

Source = Literal["stripe", "sms", "admin_adjust", "number", "transfer"]


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """A balance: of a user within an organisation, or of the organisation itself.

    The organisation's own balance has the organisation's id as its ``user_id``.
    """

    org_id: UUID
    user_id: UUID

    @property
    def payer(self) -> "Payer":
        """Whether this is a member's balance or the organisation's."""
        return "organisation" if self.user_id == self.org_id else "member"


@dataclass(frozen=True, slots=True)
class Movement:
    """A credit or debit. For the same ``source`` and ``external_id`` it is made only once.

    ``by_user_id`` is the user who caused it, if a user did.
    """

    account: LedgerAccount
    amount_cents: int
    source: Source
    external_id: str
    description: str
    topup_id: UUID | None = None
    by_user_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """The cause of charges, as the ledger shows it: a user, and a campaign if there is one."""

    description: str
    by_user_id: UUID | None = None
    campaign_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """The charge for one message, in cents."""

    message_id: UUID
    amount_cents: int


def balances_after(charges: Sequence[Charge], balance_cents: int) -> list[int]:
    """Return what is left of the balance after each of the charges, in cents."""
    return [balance_cents - total for total in accumulate(c.amount_cents for c in charges)]


def affordable(charges: Sequence[Charge], balance_cents: int, all_or_nothing: bool) -> list[Charge]:
    """Return as many of the charges, from the first on, as the balance covers together.

    With ``all_or_nothing`` the result is empty unless the balance covers all of them.
    """
    covered = []
    for charge in charges:
        balance_cents -= charge.amount_cents
        if balance_cents < 0:
            break
        covered.append(charge)
    return [] if all_or_nothing and len(covered) < len(charges) else covered
