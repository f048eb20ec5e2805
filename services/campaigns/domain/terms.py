"""The terms that somebody confirms for a campaign: what its texts cost and how they are counted."""

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

    def require(self, price_version: str | None) -> None:
        """Raise ``Conflict`` price_changed where a quote of ``price_version`` no longer holds."""
        if price_version is not None and price_version != self.price_version:
            message = "Prices have changed since the quote. Get a new quote and confirm it."
            raise Conflict(message, "price_changed")
