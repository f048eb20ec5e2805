"""The terms that a user confirms for a campaign: prices and limits."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from servicekit.errors import Conflict, InvalidInput


@dataclass(frozen=True, slots=True)
class Terms:
    """Prices (cents per segment by country), rules for counting segments, and the limits.

    Messaging defines and applies them. A campaign keeps the terms that were confirmed for it.
    `price_version` identifies the prices and the rules for counting segments. `payer` says whose
    balance pays for what starts now, "member" or "organisation"; it is not stored, because a
    campaign stores its payer. `cents_per_mms` are the prices of messages with pictures by country;
    they are stored in a column of their own, because the previous release can't read them.
    """

    cents_per_segment: Mapping[str, int]
    smart_encoding: bool
    allowed_countries: Sequence[str]
    max_price_cents_per_message: int | None
    price_version: str
    payer: str = "member"
    cents_per_mms: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of_stored(
        cls, stored: Mapping[str, Any] | None, cents_per_mms: Mapping[str, int] | None
    ) -> Self | None:
        """Build terms from their stored JSON."""
        return cls(**stored, cents_per_mms=cents_per_mms or {}) if stored else None

    def to_store(self) -> Mapping[str, Any]:
        """Return the terms as JSON, without the prices of pictures."""
        stored = asdict(self)
        del stored["payer"], stored["cents_per_mms"]
        return stored

    def version_of(self, text: str, media_urls: Sequence[str] = ()) -> str:
        """Return the price version of a campaign's quote, for its terms, text and pictures."""
        content = f"{self.price_version}\n{text}"
        if media_urls:
            content += json.dumps([list(media_urls), sorted(self.cents_per_mms.items())])
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def require(self, price_version: str | None, text: str, media_urls: Sequence[str] = ()) -> None:
        """Check that a campaign with this text and these pictures can be confirmed.

        Raises:
            Conflict: `price_version` is that of a quote that is out of date (code price_changed).
            InvalidInput: There are pictures, and pictures can't be sent to any country (code
                mms_not_offered).
        """
        if price_version is not None and price_version != self.version_of(text, media_urls):
            message = "Prices or the text have changed since the quote. Get a new quote."
            raise Conflict(message, "price_changed")
        if media_urls and not self.cents_per_mms:
            message = "Pictures can't be sent to any country at the moment. Remove the pictures."
            raise InvalidInput.of("mediaUrls", message, "mms_not_offered")
