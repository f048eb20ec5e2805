"""Terms: prices, rules for counting segments, and limits at one moment. A user confirms them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from servicekit.errors import Conflict
from servicekit.segments import segment_count
from services.messaging.sending.domain.limits import Limits


@dataclass(frozen=True, slots=True)
class Cost:
    """The size and price of one message. `smart_encoded`: counted after smart encoding."""

    segments: int
    cents: int
    smart_encoded: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """The prices for each country (cents per segment), how segments are counted, and the limits.

    A country that is not offered has no price. The limits' daily cap is not a part of the terms: it
    applies from the moment it is set.
    """

    cents_per_segment: Mapping[str, int]
    smart_encoding: bool
    limits: Limits

    def cost(self, body: str, country: str | None) -> Cost | None:
        """Return the size and price of `body` to `country`; None if the country is not offered."""
        cents = self.cents_per_segment.get(country or "")
        if cents is None:
            return None
        segments = segment_count(body, smart_encoding=self.smart_encoding)
        return Cost(segments, segments * cents, self.smart_encoding)

    @property
    def price_version(self) -> str:
        """Identifies the prices and the rules for counting segments. Changes when they change."""
        content = json.dumps([sorted(self.cents_per_segment.items()), self.smart_encoding])
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def match(self, price_version: str | None) -> bool:
        """Whether a quote of `price_version` is still valid; True if there was no quote (None)."""
        return price_version is None or price_version == self.price_version


def price_changed() -> Conflict:
    """Return the error for a message whose quote is no longer valid."""
    message = "Prices have changed since the quote. Get a new quote and confirm it."
    return Conflict(message, "price_changed")
