"""What a movement of money is."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Source = Literal["stripe", "sms", "admin_adjust"]


@dataclass(frozen=True, slots=True)
class Account:
    """Whose balance: a user within an organisation."""

    org_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class Movement:
    """A movement of ``amount_cents``, which happens once per ``source`` and ``external_id``."""

    account: Account
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
