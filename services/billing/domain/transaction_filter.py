"""The filter of a list of transactions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.billing.domain.ledger import Payer


@dataclass(frozen=True, slots=True)
class TransactionFilter:
    """Which transactions to list. A field that is None matches every transaction.

    ``user_id`` and ``payer``: whose balance changed. ``since`` is inclusive, ``until`` is not.
    """

    type: str | None = None
    source: str | None = None
    user_id: UUID | None = None
    payer: Payer | None = None
    campaign_id: UUID | None = None
    external_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
