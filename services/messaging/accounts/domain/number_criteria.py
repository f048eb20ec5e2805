"""The criteria by which an organisation searches for phone numbers to buy."""

from collections.abc import Sequence
from dataclasses import dataclass

from servicekit.errors import Conflict, InvalidInput

CAPABILITIES = ("sms", "mms", "voice")
"""What a phone number can be used for, in the order in which a response lists it."""

COUNTRIES_WITH_AREA_CODES = frozenset(("US", "CA"))
"""Countries in which Twilio searches by area code (``AreaCode`` of AvailablePhoneNumbers)."""


@dataclass(frozen=True, slots=True)
class NumberCriteria:
    """How many phone numbers to find, in which area, and with which capabilities.

    Attributes:
        contains: Digits or keypad letters within the number; ``*`` stands for any digit.
        cents_per_month: The monthly price that the caller has seen. None if the request has none.
    """

    country: str
    area_code: str | None
    capabilities: Sequence[str]
    quantity: int
    contains: str | None = None
    cents_per_month: int | None = None

    @property
    def most_specific_field(self) -> str:
        """The name of the request field that narrows the search most."""
        return "areaCode" if self.area_code else "country"

    def check(self) -> None:
        """Raise ``InvalidInput`` if an area code is given for a country that has no area codes."""
        if self.area_code and self.country not in COUNTRIES_WITH_AREA_CODES:
            raise InvalidInput.of("areaCode", "is only for numbers of the US and Canada")

    def check_price(self, cents: int) -> None:
        """Raise ``Conflict`` price_changed if the caller has seen another price than ``cents``."""
        if self.cents_per_month is not None and self.cents_per_month != cents:
            raise Conflict(
                f"These numbers now cost {cents} cents a month each. Confirm the new price"
                " and buy again.",
                "price_changed",
            )

    def matches(self, phone_number: str, country: str, capabilities: Sequence[str]) -> bool:
        """Whether a phone number meets the criteria, except ``contains`` and the price."""
        return (
            country == self.country
            and set(self.capabilities) <= set(capabilities)
            and (self.area_code is None or phone_number.startswith(f"+1{self.area_code}"))
        )
