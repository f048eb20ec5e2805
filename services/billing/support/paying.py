"""Find the balance that pays for what a caller sends."""

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import Forbidden
from servicekit.identity import Identity
from servicekit.rpc.access import ORG_ADMIN_ROLES
from services.billing.domain.ledger import LedgerAccount
from services.billing.domain.payers import paying_account
from services.billing.storage import settings


async def own_account(
    connection: AsyncConnection, caller: Identity, *, to_change: bool = False
) -> LedgerAccount:
    """Return the balance that the caller spends: their own or the organisation's.

    Pass ``to_change`` if the caller wants to change how this balance is topped up. Raises
    ``Forbidden`` if the balance is the organisation's and the caller is neither owner nor admin.
    """
    org_id = caller.require_org()
    payer = await settings.payer_of(connection, org_id)
    if to_change and payer == "organisation" and not caller.roles & ORG_ADMIN_ROLES:
        raise Forbidden(
            "Only the organisation's owner or an admin can change how its balance is topped up."
        )
    return paying_account(payer, org_id, caller.require_user())


async def account_to_clear(connection: AsyncConnection, caller: Identity) -> LedgerAccount:
    """Return the balance whose saved card the caller may delete.

    Owners and admins: the balance that pays for what they send, which may be the organisation's.
    Other members: always their own balance. It may still have a card that was saved when members
    paid for themselves.
    """
    account = await own_account(connection, caller)
    if account.payer == "organisation" and not caller.roles & ORG_ADMIN_ROLES:
        return LedgerAccount(caller.require_org(), caller.require_user())
    return account
