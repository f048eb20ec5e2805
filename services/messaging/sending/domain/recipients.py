"""Reasons for which a number gets no message."""

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

INSUFFICIENT_BALANCE = Refusal(
    "insufficient_balance", "Your balance does not cover this text. Add funds and try again."
)

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
