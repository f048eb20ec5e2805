"""Months of phone numbers: what they cost, when they begin, and how many numbers may be had."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class NumberTerms:
    """Cents a month by country and kind of number, and whether the organisation has paid in."""

    prices: Mapping[tuple[str, str], int]
    has_paid_in: bool

    def cheapest(self, country: str) -> tuple[str, int] | None:
        """Return kind and price of a number whose kind is not known; None where none is sold."""
        offers = [(cents, kind) for (of, kind), cents in self.prices.items() if of == country]
        if not offers:
            return None
        cents, kind = min(offers)
        return kind, cents


@dataclass(frozen=True, slots=True)
class NumberLimits:
    """How many numbers an organisation may have by default: before it has paid in, and after."""

    unpaid: int
    paid: int

    def default(self, *, has_paid_in: bool) -> int:
        """Return the limit of an organisation for which no operator has set one."""
        return self.paid if has_paid_in else self.unpaid


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a number, from ``begins`` to ``ends``."""

    begins: datetime
    ends: datetime

    @property
    def period(self) -> str:
        """The day on which it begins (UTC); no two months of a number share it."""
        return f"{self.begins.astimezone(UTC):%Y-%m-%d}"


def month_at(billed_from: datetime, now: datetime) -> Month:
    """Return the month of a number that ``now`` is in; the first one for an earlier moment.

    Months begin on the day of the month on which the first one did, or on the last day of a month
    that is too short.
    """
    first = billed_from.astimezone(UTC)
    months = max(0, (now.year - first.year) * 12 + now.month - first.month)
    if months and _after(first, months) > now:
        months -= 1
    return Month(_after(first, months), _after(first, months + 1))


def _after(first: datetime, months: int) -> datetime:
    year, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + year, month + 1
    day = min(first.day, calendar.monthrange(year, month)[1])
    return first.replace(year=year, month=month, day=day)
