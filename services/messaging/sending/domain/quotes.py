"""What texts would take and cost: sums by destination, and what forces UCS-2."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from servicekit.graphemes import clusters

_POSITIONS_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class TextCount:
    """How many ``texts`` of ``segments`` each go to a country."""

    country: str
    segments: int
    texts: int


@dataclass(slots=True)
class Destination:
    """The texts to one country. Prices are in cents; ``prices`` has each that a text there has."""

    country: str
    cents_per_segment: int
    recipients: int = 0
    segments: int = 0
    prices: list[int] = field(default_factory=list)

    def add(self, segments: int, texts: int = 1) -> None:
        """Add ``texts`` of ``segments`` each to as many people there."""
        self.recipients += texts
        self.segments += texts * segments
        self.prices.append(segments * self.cents_per_segment)

    def price_only(self, segments: int) -> None:
        """Price a text without a recipient."""
        self.prices.append(segments * self.cents_per_segment)

    @property
    def total_cents(self) -> int:
        """Cents for all recipients there."""
        return self.segments * self.cents_per_segment


@dataclass(frozen=True, slots=True)
class ForcingCharacter:
    """A character that forces UCS-2, and where it stands: indexes of code points."""

    character: str
    positions: Sequence[int]


def forcing_characters(body: str, forcing: Iterable[str]) -> list[ForcingCharacter]:
    """Where in ``body`` the characters ``forcing`` stand, each as people see it."""
    positions: dict[str, list[int]] = {character: [] for character in forcing}
    if not positions:
        return []
    index = 0
    for cluster in clusters(body):
        if cluster in positions and len(positions[cluster]) < _POSITIONS_AT_MOST:
            positions[cluster].append(index)
        index += len(cluster)
    return [ForcingCharacter(character, where) for character, where in positions.items()]
