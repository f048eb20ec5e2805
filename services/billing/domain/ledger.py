"""Movements of money, and how many charges a balance covers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Source = Literal["stripe", "sms", "admin_adjust", "number"]


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """The balance of a user within an organisation."""

    org_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Movement:
    """A credit or debit. It is made only once for the same ``source`` and ``external_id``."""

    account: LedgerAccount
    amount_cents: int
    source: Source
    external_id: str
    description: str
    topup_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """The charge for one message, in cents."""

    message_id: UUID
    amount_cents: int


def affordable(charges: Sequence[Charge], balance_cents: int, all_or_nothing: bool) -> list[Charge]:
    """Return the charges, from the first on, that the balance covers.

    With ``all_or_nothing`` the result is empty unless the balance covers all of them.
    """
    covered = []
    for charge in charges:
        balance_cents -= charge.amount_cents
        if balance_cents < 0:
            break
        covered.append(charge)
    return [] if all_or_nothing and len(covered) < len(charges) else covered
