"""Find the contact of an attendee by the number that a user entered."""

from collections.abc import Mapping
from typing import Any

from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise
from services.campaigns.campaigns.providers.contacts import Contacts


async def contact_columns(
    contacts: Contacts, phone: str | None, first_name: str, last_name: str | None
) -> Mapping[str, Any]:
    """Return the columns `phone` and `contact_id` for a phone number as the user wrote it.

    If no contact has this phone number, one is created with this name.

    Raises:
        InvalidInput: The phone number is invalid (code invalid_number).
        Unavailable: Contacts can't be reached.
    """
    if not phone:
        return {"phone": None, "contact_id": None}
    try:
        e164 = normalise(phone).e164
    except InvalidPhone as error:
        raise InvalidInput.of("phone", error.message, "invalid_number") from None
    return {"phone": e164, "contact_id": await contacts.ensure(e164, first_name, last_name)}
