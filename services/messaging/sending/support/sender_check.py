"""Check that an organisation can send."""

from uuid import UUID

from servicekit.errors import InvalidInput, NotFound
from services.messaging.accounts.support.credentials import SendingAccounts


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
        account = await accounts.for_org(org_id)
    except NotFound:
        account = None
    if account and account.suspended:
        raise InvalidInput.of(
            "from", "Sending is suspended for your account. Contact support.", "account_suspended"
        )
    if account is None or not account.has_sender:
        raise InvalidInput.of(
            "from",
            "You have no number to send from. Set up a messaging service and buy a number first.",
            "no_sender",
        )
