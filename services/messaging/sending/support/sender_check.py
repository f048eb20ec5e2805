"""Check that an organisation can send."""

from dataclasses import replace
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, NotFound
from servicekit.phones import InvalidPhone, canonical, normalise
from services.messaging.accounts.storage import numbers
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.sending.domain.chosen_sender import FIELD, NOT_YOURS, require_capable
from services.messaging.sending.domain.send_options import SendOptions


async def can_send(accounts: SendingAccounts, org_id: UUID) -> bool:
    """Return whether the organisation has an account with a number to send from."""
    try:
        await require_sender(accounts, org_id)
    except InvalidInput:
        return False
    return True


async def require_sender(accounts: SendingAccounts, org_id: UUID) -> None:
    """Check that the organisation has a number to send from and may send.

    Raises:
        InvalidInput: no_sender or account_suspended.
    """
    try:
        sender = await accounts.sender_of(org_id)
    except NotFound:
        sender = None
    if sender and sender.suspended:
        raise InvalidInput.of(
            "from", "Sending is suspended for your account. Contact support.", "account_suspended"
        )
    if sender is None or not sender.has_number:
        raise InvalidInput.of(
            "from",
            "You have no number to send from. Set up a messaging service and buy a number first.",
            "no_sender",
        )


async def with_own_number(
    database: Database, org_id: UUID, options: SendOptions, *, pictures: bool
) -> SendOptions:
    """Return `options` with the chosen number as Twilio writes it, if a number is chosen.

    Raises:
        InvalidInput: unknown_sender unless it is a number of the organisation's messaging service;
            unsuitable_sender if it can't send texts or `pictures`.
    """
    if options.from_number is None:
        return options
    async with database.org(org_id) as connection:
        owned = await numbers.owned(connection, org_id)
    for number in owned:
        if number.messaging_service_sid and _means(options.from_number, number.phone_number):
            require_capable(number.capabilities, pictures=pictures)
            return replace(options, from_number=number.phone_number)
    raise InvalidInput.of(FIELD, NOT_YOURS.message, NOT_YOURS.code)


def _means(written: str, own: str) -> bool:
    """Whether a person who writes `written` means the number `own`.

    Toll-free numbers can't be texted, so they are compared by their digits.
    """
    try:
        return normalise(written).e164 == canonical(own)
    except InvalidPhone:
        digits, own_digits = _digits(written), _digits(own)
        return digits in (own_digits, own_digits.removeprefix("1"))


def _digits(number: str) -> str:
    return "".join(character for character in number if character.isdecimal())
