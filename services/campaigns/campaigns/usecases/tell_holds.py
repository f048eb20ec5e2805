"""Tell messaging which campaigns are held, running or withdrawn."""

from functools import partial

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.isolation import JobItems
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import holds


class TellHolds:
    """Tells messaging again about recent changes of campaigns, because calls can get lost."""

    def __init__(self, database: Database, dispatch: Dispatch) -> None:
        self._database = database
        self._dispatch = dispatch

    async def tell_all(self) -> None:
        """Tell messaging about each campaign that changed lately. The next run retries failures."""
        async with self._database.system() as connection:
            due = await holds.to_tell(connection)
        async with JobItems(self._database, "campaigns", "tell-holds").turn() as turn:
            for hold in due:
                item = Item(str(hold.campaign_id), hold.org_id)
                await turn.attempt(item, partial(self._tell, hold))

    async def _tell(self, hold: holds.Hold) -> None:
        with acting_as(Identity("campaigns", org_id=hold.org_id)):
            if hold.withdrawn:
                await self._dispatch.withdraw(hold.campaign_id)
            else:
                await self._dispatch.hold(hold.campaign_id, hold.held, hold.running, hold.change)
        async with self._database.org(hold.org_id) as connection:
            await holds.told(connection, hold)
