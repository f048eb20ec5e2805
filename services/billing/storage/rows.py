"""Rows that storage returns and for which ``domain/`` has no type."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Transaction:
    """A row of the ledger. ``amount_cents`` is positive for credits and debits alike.

    ``user_id`` is None for the organisation's own balance. The last fields are None in old rows,
    for which they were not stored.
    """

    id: UUID
    user_id: UUID | None
    payer: str
    type: str
    amount_cents: int
    source: str
    external_id: str
    description: str
    receipt_url: str | None
    created_at: datetime
    by_user_id: UUID | None
    campaign_id: UUID | None
    campaign_name: str | None
    balance_after_cents: int | None
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class Checkout:
    """A top-up and its payment. ``status`` is ``open`` or ``paid``."""

    session_id: str
    status: str
    amount_cents: int
    currency: str
    payer: str
    transaction_id: UUID | None
    receipt_url: str | None
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a segment to a destination country, and of a message with pictures.

    `cents_per_mms` is None if no pictures can be sent there.
    """

    country: str
    cents_per_segment: int
    cents_per_mms: int | None


@dataclass(frozen=True, slots=True)
class NumberPrice:
    """The monthly price of a phone number of one country and type."""

    country: str
    number_type: str
    cents_per_month: int
