"""An organisation's spending limits. They guard against toll fraud and accidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicekit.phones import country_of
from services.messaging.sending.domain.drafts import Draft


@dataclass(frozen=True, slots=True)
class Refusal:
    """The reason why a message is not accepted: a stable code, and an explanation for users."""

    code: str
    message: str


CAP_REACHED = Refusal(
    "daily_spend_cap_reached",
    "Your organisation has reached its daily spending limit. Try again tomorrow (UTC), or ask an"
    " admin to raise the limit.",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """An organisation's spending limits. A field that is None or empty sets no limit.

    `max_price_cents` is the highest price of one message. `daily_cap_cents` is the highest sum of
    the prices of all messages in a day (UTC).
    """

    allowed_countries: frozenset[str] = frozenset()
    max_price_cents: int | None = None
    daily_cap_cents: int | None = None

    def refusal(self, country: str, price_cents: int) -> Refusal | None:
        """Return why a message to `country` at `price_cents` is not allowed, or None if it is."""
        if self.allowed_countries and country not in self.allowed_countries:
            return Refusal(
                "destination_not_allowed",
                f"Your organisation's settings don't allow texts to {country}.",
            )
        if self.max_price_cents is not None and price_cents > self.max_price_cents:
            return Refusal(
                "price_above_limit",
                f"This text costs {price_cents} cents. Your organisation's settings allow at most"
                f" {self.max_price_cents} cents.",
            )
        return None

    def refusals(self, drafts: Sequence[Draft]) -> Mapping[str, Refusal]:
        """Return why drafts are not allowed, by the E.164 phone number of their recipients.

        Allowed drafts are left out.
        """
        if not self.allowed_countries and self.max_price_cents is None:
            return {}
        found = {d.phone: self.refusal(country_of(d.phone), d.price_cents) for d in drafts}
        return {phone: refusal for phone, refusal in found.items() if refusal}


def count_beyond_cap(prices: Sequence[int], over_cents: int) -> int:
    """Return how many of the last `prices` to leave out, so that the sum falls by `over_cents`."""
    dropped = 0
    while over_cents > 0 and dropped < len(prices):
        dropped += 1
        over_cents -= prices[-dropped]
    return dropped
