"""Terms: prices, rules for counting segments, and limits at one moment. Users confirm terms."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from servicekit.errors import Conflict
from servicekit.segments import segment_count
from services.messaging.sending.domain.limits import Limits, Refusal
from services.messaging.sending.domain.recipients import no_pictures, not_served


@dataclass(frozen=True, slots=True)
class Cost:
    """The size and the price of one message.

    `smart_encoded`: whether the segments were counted after smart encoding.
    """

    segments: int
    cents: int
    smart_encoded: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """The prices for each country (cents per segment), how segments are counted, and the limits.

    A country that is not offered has no price. The limits' daily cap is not a part of the terms: it
    applies from the moment it is set. `cents_per_mms` are the prices of messages with pictures, for
    the countries that get them.
    """

    cents_per_segment: Mapping[str, int]
    smart_encoding: bool
    limits: Limits
    cents_per_mms: Mapping[str, int] = field(default_factory=dict)

    def cost(self, body: str, country: str | None, *, pictures: bool = False) -> Cost | None:
        """Return the size and price of `body` to `country`, or None if we don't send there.

        A message with pictures has one price, whatever the length of its text.
        """
        cents = self.cents_per_segment.get(country or "")
        mms_cents = self.cents_per_mms.get(country or "")
        if cents is None or (pictures and mms_cents is None):
            return None
        segments = segment_count(body, smart_encoding=self.smart_encoding)
        price = mms_cents if pictures and mms_cents is not None else segments * cents
        return Cost(segments, price, self.smart_encoding)

    def no_price(self, country: str) -> Refusal:
        """Return the reason why a message to `country` has no price."""
        return no_pictures(country) if country in self.cents_per_segment else not_served(country)

    @property
    def price_version(self) -> str:
        """The version of the prices and of the rules for counting segments.

        It changes with them.
        """
        return _version(sorted(self.cents_per_segment.items()), self.smart_encoding)

    @property
    def mms_price_version(self) -> str:
        """The version of the prices of messages with pictures. It changes with them."""
        return _version(sorted(self.cents_per_mms.items()), self.price_version)

    def offers(self, country: str | None, *, pictures: bool = False) -> bool:
        """Whether messages to `country` have a price."""
        prices = self.cents_per_mms if pictures else self.cents_per_segment
        return country in prices

    def match(self, price_version: str | None, *, pictures: bool = False) -> bool:
        """Return whether a quote of `price_version` is still valid.

        Always True if there was no quote (None).
        """
        current = self.mms_price_version if pictures else self.price_version
        return price_version is None or price_version == current


def _version(*content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def price_changed() -> Conflict:
    """Return the error for a message whose quote is no longer valid."""
    message = "Prices have changed since the quote. Get a new quote and confirm it."
    return Conflict(message, "price_changed")
