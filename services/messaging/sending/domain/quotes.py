"""Quotes of messages: sums for each destination, and the characters that force UCS-2."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from servicekit.graphemes import clusters

_POSITIONS_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class TextCount:
    """How many texts (`texts`) of this length (`segments`) go to a country."""

    country: str
    segments: int
    texts: int


@dataclass(slots=True)
class Destination:
    """The messages to one country. `prices` are the prices of single messages, in cents.

    `cents_per_mms` is the price of a message with pictures, if the messages have pictures.
    """

    country: str
    cents_per_segment: int
    cents_per_mms: int | None = None
    recipients: int = 0
    segments: int = 0
    prices: list[int] = field(default_factory=list)

    def add(self, segments: int, texts: int = 1) -> int:
        """Add `texts` messages of `segments` segments each. Returns the cents for one message.

        Each message goes to another recipient.
        """
        self.recipients += texts
        self.segments += texts * segments
        self.prices.append(self._price(segments))
        return self.prices[-1]

    def price_only(self, segments: int) -> None:
        """Add the price of a message without counting a recipient."""
        self.prices.append(self._price(segments))

    @property
    def total_cents(self) -> int:
        """The price in cents for all recipients in this country."""
        if self.cents_per_mms is not None:
            return self.recipients * self.cents_per_mms
        return self.segments * self.cents_per_segment

    def _price(self, segments: int) -> int:
        if self.cents_per_mms is not None:
            return self.cents_per_mms
        return segments * self.cents_per_segment


@dataclass(frozen=True, slots=True)
class PricedText:
    """The text of one recipient, and its price in cents. `recipient`: the position, from 0."""

    recipient: int
    message: str
    segments: int
    price_cents: int


@dataclass(frozen=True, slots=True)
class ForcingCharacter:
    """A character that forces UCS-2, and its positions, counted in code points."""

    character: str
    positions: Sequence[int]


def forcing_characters(body: str, forcing: Iterable[str]) -> list[ForcingCharacter]:
    """Find where `body` has the characters in `forcing`, which force UCS-2.

    A character can have several code points.
    """
    positions: dict[str, list[int]] = {character: [] for character in forcing}
    if not positions:
        return []
    index = 0
    for cluster in clusters(body):
        if cluster in positions and len(positions[cluster]) < _POSITIONS_AT_MOST:
            positions[cluster].append(index)
        index += len(cluster)
    return [ForcingCharacter(character, where) for character, where in positions.items()]
