"""What numbers an organisation wants, and which suit it."""

from collections.abc import Sequence
from dataclasses import dataclass

CAPABILITIES = ("sms", "mms", "voice")
"""What a number can do, in the order in which it is listed."""

COUNTRIES_WITH_AREA_CODES = frozenset(("US", "CA"))
"""Where Twilio searches by area code (parameter ``AreaCode`` of AvailablePhoneNumbers)."""


@dataclass(frozen=True, slots=True)
class NumberWish:
    """How many numbers are wanted, of which country and area, and what they must do.

    ``contains``: digits, letters of the keypad, and * for any digit, within the number.
    ``cents_per_month``: the price of one that the caller was told, if they named it.
    """

    country: str
    area_code: str | None
    capabilities: Sequence[str]
    quantity: int
    contains: str | None = None
    cents_per_month: int | None = None

    @property
    def decisive_field(self) -> str:
        """The caller's field that narrows the choice most."""
        return "areaCode" if self.area_code else "country"

    def suits(self, phone_number: str, country: str, capabilities: Sequence[str]) -> bool:
        """Whether the E.164 ``phone_number`` of ``country`` is one of those wanted."""
        return (
            country == self.country
            and set(self.capabilities) <= set(capabilities)
            and (self.area_code is None or phone_number.startswith(f"+1{self.area_code}"))
        )
