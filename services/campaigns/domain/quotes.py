"""What a campaign would cost, summed up over its recipients."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Destination:
    """The texts to one country; prices are in cents."""

    country: str
    cents_per_segment: int
    recipients: int = 0
    segments: int = 0
    min_price_cents: int = 0
    max_price_cents: int = 0
    total_cents: int = 0

    def add(self, other: "Destination") -> None:
        """Add the texts of another page to the same country."""
        lowest = [each.min_price_cents for each in (self, other) if each.recipients]
        self.recipients += other.recipients
        self.segments += other.segments
        self.min_price_cents = min(lowest, default=0)
        self.max_price_cents = max(self.max_price_cents, other.max_price_cents)
        self.total_cents += other.total_cents


@dataclass(slots=True)
class Sum:
    """What was quoted so far. ``complete``: the whole audience was looked at."""

    destinations: dict[str, Destination] = field(default_factory=dict)
    opted_out: int = 0
    invalid: int = 0
    complete: bool = False

    @property
    def recipients(self) -> int:
        """Recipients that would be texted."""
        return sum(each.recipients for each in self.destinations.values())

    @property
    def total_cents(self) -> int:
        """Cents for all of them."""
        return sum(each.total_cents for each in self.destinations.values())

    def add(self, destination: Destination) -> None:
        """Add the texts of one page to one country."""
        known = self.destinations.setdefault(
            destination.country,
            Destination(destination.country, destination.cents_per_segment),
        )
        known.add(destination)
