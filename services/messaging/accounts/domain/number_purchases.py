"""The purchase of one phone number."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.messaging.accounts.domain.number_months import Month, month_at


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A purchase that is not stored yet: the phone number, its buyer and its monthly price."""

    id: UUID
    org_id: UUID
    user_id: UUID
    email: str
    phone_number: str
    country: str
    number_type: str
    cents_per_month: int


@dataclass(frozen=True, slots=True)
class Purchase(NewPurchase):
    """A stored purchase of a phone number, claimed by this process.

    The number's first month begins at the time of the claim.
    """

    begun_at: datetime
    lease_until: datetime

    @property
    def first_month(self) -> Month:
        """The first month of the number, which begins at the time of the claim."""
        return month_at(self.begun_at, self.begun_at)
