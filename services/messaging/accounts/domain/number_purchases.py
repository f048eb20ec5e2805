"""The purchase of one number."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.messaging.accounts.domain.number_months import Month, month_at


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A number that is about to be bought: by whom, and at which monthly price."""

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
    """A claimed purchase. The first month of the number begins with it."""

    begun_at: datetime
    lease_until: datetime

    @property
    def first_month(self) -> Month:
        """The month that begins with the purchase."""
        return month_at(self.begun_at, self.begun_at)
