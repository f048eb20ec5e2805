"""Decide which of the given numbers get a message, and why the others are refused."""

from collections.abc import Iterable

from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, Phone, normalise
from services.messaging.sending.domain.limits import Refusal

DUPLICATE = Refusal("duplicate", "Duplicate number; it will be texted once.")
OWN_NUMBER = Refusal("own_number", "This is one of your own sending numbers.")
EXPIRED = Refusal(
    "text_expired",
    "The text could not be sent within the time that you allowed (validFor), so it was not sent.",
)
OPTED_OUT = Refusal("opted_out", "This person has opted out and can't be texted.")

RefusedNumber = tuple[str, Refusal]
"""A phone number that gets no message, as it was given, and why."""


def parse_phone(field: str, raw: str) -> Phone:
    """Return the phone number that is written in `raw`.

    Raises `InvalidInput`, which names `field`, if it is not one.
    """
    try:
        return normalise(raw)
    except InvalidPhone as error:
        raise InvalidInput.of(field, error.message, "invalid_number") from None


def not_served(country: str) -> Refusal:
    """Return the refusal of a message to a country to which we don't send."""
    return Refusal("destination_not_served", f"Texts can't be sent to {country}.")


def no_pictures(country: str) -> Refusal:
    """Return the refusal of a message with pictures to a country to which we send no pictures."""
    return Refusal(
        "mms_not_offered", f"Pictures can't be sent to {country}. Send the text without pictures."
    )


def distinct(numbers: Iterable[str]) -> tuple[dict[str, Phone], list[RefusedNumber]]:
    """Separate phone numbers that can be texted from duplicates and invalid numbers.

    Returns:
        The phone numbers that can be texted, keyed by the number as it was given, and the refused
            numbers.
    """
    phones: dict[str, Phone] = {}
    refused: list[RefusedNumber] = []
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
