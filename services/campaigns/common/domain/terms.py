"""The terms that somebody confirms for a campaign: what its texts cost and how they are counted."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from servicekit.errors import Conflict


@dataclass(frozen=True, slots=True)
class Terms:
    """Prices (cents per segment by country), the way of counting, and the organisation's limits.

    Messaging says what they are and applies them; a campaign keeps those that were confirmed.
    ``price_version`` names the prices and the way of counting.
    """

    cents_per_segment: Mapping[str, int]
    smart_encoding: bool
    allowed_countries: Sequence[str]
    max_price_cents_per_message: int | None
    price_version: str

    @classmethod
    def of_stored(cls, stored: Mapping[str, Any] | None) -> Self | None:
        """Read terms as :meth:`to_store` wrote them."""
        return cls(**stored) if stored else None

    def to_store(self) -> Mapping[str, Any]:
        """Write them as JSON has them."""
        return asdict(self)

    def version_of(self, text: str) -> str:
        """The price version of a campaign's quote: another one for another ``text``, too."""
        return hashlib.sha256(f"{self.price_version}\n{text}".encode()).hexdigest()[:16]

    def require(self, price_version: str | None, text: str) -> None:
        """Raise ``Conflict`` price_changed unless a quote of ``text`` holds, if one is named."""
        if price_version is not None and price_version != self.version_of(text):
            message = "Prices or the text have changed since the quote. Get a new quote."
            raise Conflict(message, "price_changed")
