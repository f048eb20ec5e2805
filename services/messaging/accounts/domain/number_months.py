"""Monthly payment of numbers: prices, the start and end of each month, and default limits."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class NumberTerms:
    """Prices of phone numbers, and whether the organisation has paid in through Stripe.

    ``prices`` are cents per month, by country and type of number.
    """

    prices: Mapping[tuple[str, str], int]
    has_paid_in: bool

    def cheapest(self, country: str) -> tuple[str, int] | None:
        """Return type and price of a country's cheapest phone number.

        None if none is sold there.
        """
        offers = [(cents, kind) for (of, kind), cents in self.prices.items() if of == country]
        if not offers:
            return None
        cents, kind = min(offers)
        return kind, cents


@dataclass(frozen=True, slots=True)
class DefaultLimits:
    """How many phone numbers an organisation may have before and after its first payment."""

    unpaid: int
    paid: int

    def default(self, *, has_paid_in: bool) -> int:
        """Return the limit of an organisation for which no operator has set one."""
        return self.paid if has_paid_in else self.unpaid


@dataclass(frozen=True, slots=True)
class BilledNumber:
    """A phone number with its price, and the time until which it is paid.

    The fields are columns of ``twilio_numbers``.
    """

    id: UUID
    org_id: UUID
    sid: str
    phone_number: str
    country: str
    number_type: str | None
    cents_per_month: int | None
    payer_user_id: UUID | None
    payer_email: str | None
    billed_from: datetime | None
    paid_until: datetime | None
    warned_until: datetime | None
    unpaid_since: datetime | None
    released_at: datetime | None

    def needs_warning(self, now: datetime) -> bool:
        """Whether a warning that the next month can't be paid may be due.

        It can if the next month has not begun, and no warning about it was sent.
        """
        return (
            self.paid_until is not None
            and self.paid_until > now
            and self.warned_until != self.paid_until
        )


class NumberAlert(Enum):
    """An alert to a customer about phone numbers that are not paid."""

    DUE = "due"
    """The next month begins soon, and no balance of the organisation covers it."""
    UNPAID = "unpaid"
    """The current month could not be charged, because no balance covers it."""
    RELEASED = "released"
    """The numbers were released because they were not paid."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a phone number, from ``begins`` to ``ends``."""

    begins: datetime
    ends: datetime

    @property
    def period(self) -> str:
        """The day (UTC) on which the month begins. Billing identifies the month by it."""
        return f"{self.begins.astimezone(UTC):%Y-%m-%d}"


def month_at(billed_from: datetime, now: datetime) -> Month:
    """Return the month that contains ``now``, or the first month if ``now`` is before it.

    Every month begins on the same day as the first one. In a shorter month that is the last day:
    after January 31 the next month begins on February 28 or 29.
    """
    first = billed_from.astimezone(UTC)
    months = max(0, (now.year - first.year) * 12 + now.month - first.month)
    if months and _add_months(first, months) > now:
        months -= 1
    return Month(_add_months(first, months), _add_months(first, months + 1))


def _add_months(first: datetime, months: int) -> datetime:
    year, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + year, month + 1
    day = min(first.day, calendar.monthrange(year, month)[1])
    return first.replace(year=year, month=month, day=day)
