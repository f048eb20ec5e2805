"""What texts cost and how they are counted at one moment: the terms that somebody confirms."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from servicekit.errors import Conflict
from servicekit.segments import segment_count
from services.messaging.sending.domain.limits import Limits


@dataclass(frozen=True, slots=True)
class Cost:
    """What one text takes and costs. ``smart_encoded``: counted with look-alikes replaced."""

    segments: int
    cents: int
    smart_encoded: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """Prices by destination country (cents per segment), the way of counting, and the limits.

    A country that is not served has no price. The limits' daily cap is not a part of the terms: it
    holds from the moment that it is set.
    """

    cents_per_segment: Mapping[str, int]
    smart_encoding: bool
    limits: Limits

    def cost(self, body: str, country: str | None) -> Cost | None:
        """Count and price ``body`` to ``country``; None for a country that is not served."""
        cents = self.cents_per_segment.get(country or "")
        if cents is None:
            return None
        segments = segment_count(body, smart_encoding=self.smart_encoding)
        return Cost(segments, segments * cents, self.smart_encoding)

    @property
    def price_version(self) -> str:
        """A name for the prices and the way of counting: another one as soon as they change."""
        told = json.dumps([sorted(self.cents_per_segment.items()), self.smart_encoding])
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def hold(self, price_version: str | None) -> bool:
        """Whether they are what a quote of ``price_version`` said; always where none is named."""
        return price_version is None or price_version == self.price_version


def price_changed() -> Conflict:
    """The error for a text whose quote no longer holds."""
    message = "Prices have changed since the quote. Get a new quote and confirm it."
    return Conflict(message, "price_changed")
