"""Store new Twilio subaccounts on the profiles of their organisations' users."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from servicekit.bus.inbox import claim
from servicekit.bus.streams import GATEWAY_SUBACCOUNTS
from servicekit.db.database import Database
from services.gateway.storage import orgs, users


@dataclass(frozen=True, slots=True)
class NewSubaccount:
    """A Twilio subaccount that was created for an organisation."""

    org_id: UUID
    sid: str


class StoreSubaccounts:
    """Stores an organisation's Twilio subaccount on the profiles of its users."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, created: Mapping[str, NewSubaccount]) -> None:
        """Store subaccounts of organisations, given by bus event id. Idempotent."""
        async with self._database.system() as connection:
            for event_id in await claim(connection, GATEWAY_SUBACCOUNTS.name, created):
                subaccount = created[event_id]
                # Locked, since a user who joins now copies the subaccount from the others.
                await orgs.lock(connection, subaccount.org_id)
                await users.set_sub_account(connection, subaccount.org_id, subaccount.sid)
