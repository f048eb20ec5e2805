"""Who of those that are named gets a text, and why the others get none."""

from collections.abc import Iterable

from servicekit.phones import InvalidPhone, Phone, normalise
from services.messaging.sending.domain.limits import Refusal

DUPLICATE = Refusal("duplicate", "This number is among them already; it is texted once.")
OWN_NUMBER = Refusal("own_number", "This is one of your own sending numbers.")
OPTED_OUT = Refusal("opted_out", "This person opted out; you cannot text them.")

Refused = tuple[str, Refusal]
"""A number that gets no text, as it was given, and why."""


def not_served(country: str) -> Refusal:
    """The refusal of a text to a country without a price."""
    return Refusal("destination_not_served", f"Texts to {country} are not offered.")


def distinct(numbers: Iterable[str]) -> tuple[dict[str, Phone], list[Refused]]:
    """Each number that can be texted, once, by how it was given; and those that get no text."""
    phones: dict[str, Phone] = {}
    refused: list[Refused] = []
    seen: set[str] = set()
    for number in numbers:
        try:
            phone = normalise(number)
        except InvalidPhone as error:
            refused.append((number, Refusal("invalid_number", error.message)))
            continue
        if phone.e164 in seen:
            refused.append((number, DUPLICATE))
            continue
        seen.add(phone.e164)
        phones[number] = phone
    return phones, refused
