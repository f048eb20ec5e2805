"""The terms that a user confirms for a campaign: prices and limits."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from servicekit.errors import Conflict


@dataclass(frozen=True, slots=True)
class Terms:
    """Prices (cents per segment by country), rules for counting segments, and the limits.

    Messaging defines and applies them. A campaign keeps the terms that were confirmed for it.
    `price_version` identifies the prices and the rules for counting segments. `payer` says whose
    balance pays for what starts now, "member" or "organisation"; it is not stored, because a
    campaign stores its payer.
    """

    cents_per_segment: Mapping[str, int]
    smart_encoding: bool
    allowed_countries: Sequence[str]
    max_price_cents_per_message: int | None
    price_version: str
    payer: str = "member"

    @classmethod
    def of_stored(cls, stored: Mapping[str, Any] | None) -> Self | None:
        """Build terms from their stored JSON."""
        return cls(**stored) if stored else None

    def to_store(self) -> Mapping[str, Any]:
        """Return the terms as JSON."""
        stored = asdict(self)
        del stored["payer"]
        return stored

    def version_of(self, text: str) -> str:
        """Return the price version of the quote of `text`, which also depends on the text."""
        return hashlib.sha256(f"{self.price_version}\n{text}".encode()).hexdigest()[:16]

    def require(self, price_version: str | None, text: str) -> None:
        """Raise ``Conflict`` price_changed if `price_version` names a quote that is out of date."""
        if price_version is not None and price_version != self.version_of(text):
            message = "Prices or the text have changed since the quote. Get a new quote."
            raise Conflict(message, "price_changed")
