"""Rules for the number that a customer chooses to send from.

Source: Twilio's guide to toll-free numbers, which reach only the US, its territories and Canada.
"""

from collections.abc import Collection

from servicekit.errors import InvalidInput
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.registered_senders import is_domestic, is_toll_free

SENDER_CODES = ("unknown_sender", "unsuitable_sender")
"""The error codes about a phone number that the customer chose to send from."""
FIELD = "from"
"""The request field with the phone number to send from, which errors name."""

NOT_YOURS = Refusal(
    "unknown_sender",
    "This is not one of the numbers that you can send from. Choose a number of your messaging"
    " service, or leave it out.",
)
RELEASED = Refusal(
    "unknown_sender", "The number to send from is no longer yours. Choose another one."
)
_NO_TEXTS = "This number can't send texts. Choose another one."
_NO_PICTURES = "This number can't send pictures. Choose another one, or send the text without them."


def refusal_to(country: str, from_number: str | None) -> Refusal | None:
    """Return why a chosen phone number can't text `country`.

    None if it can, or if none is chosen.
    """
    if from_number is None or not is_toll_free(from_number):
        return None
    if is_domestic(country) or country == "CA":
        return None
    return Refusal(
        "unsuitable_sender",
        f"A toll-free number can't text {country}, only the US and Canada. Choose another number"
        " to send from.",
    )


def require_capable(capabilities: Collection[str], *, pictures: bool) -> None:
    """Raise `InvalidInput` unless a phone number with these capabilities can send the message.

    A message with `pictures` needs a number that can send MMS.
    """
    needed, message = ("mms", _NO_PICTURES) if pictures else ("sms", _NO_TEXTS)
    if needed not in capabilities:
        raise InvalidInput.of(FIELD, message, "unsuitable_sender")
