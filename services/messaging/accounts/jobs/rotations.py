"""The jobs that replace API keys and finish rotations of keys and auth tokens."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.isolation import JobItems
from services.messaging.accounts.storage import api_keys, rotations
from services.messaging.accounts.usecases.rotate_keys import RotateKeys
from services.messaging.accounts.usecases.rotate_token import RotateToken

KEY_SPREAD_TIME = timedelta(seconds=180)
"""How long until every sender process uses a new key. They cache accounts for a minute."""

_REQUEST_TIMEOUT = timedelta(seconds=60)
"""The time after which the request that started a rotation has surely ended."""


_FIRST_KEYS_PER_RUN = 100
"""How many organisations get a first key in one run. It is limited because Twilio may be slow."""


async def rotate_keys(database: Database, keys: RotateKeys, max_age: timedelta) -> None:
    """Issue a new key for each organisation whose newest key is at least ``max_age`` old."""
    async with database.system() as connection:
        due = await api_keys.outdated(connection, max_age)
    await _issue(JobItems(database, "messaging", "rotate-keys"), keys, due)


async def issue_first_keys(database: Database, keys: RotateKeys) -> None:
    """Issue an API key for up to a hundred organisations that have none."""
    async with database.system() as connection:
        keyless = await api_keys.without_any(connection, _FIRST_KEYS_PER_RUN)
    await _issue(JobItems(database, "messaging", "issue-first-keys"), keys, keyless)


class FinishRotations:
    """Make secondary tokens the primary ones, and revoke API keys that are no longer used."""

    def __init__(
        self, database: Database, keys: RotateKeys, tokens: RotateToken, grace: timedelta
    ) -> None:
        self._database = database
        self._keys = keys
        self._tokens = tokens
        self._grace = grace
        self._items = JobItems(database, "messaging", "finish-rotations")

    async def run(self) -> None:
        """Do each due step of the rotations. If a step fails, the next run does it again."""
        async with self._database.system() as connection:
            due = await rotations.due(connection, self._grace)
            interrupted = await rotations.interrupted(connection, _REQUEST_TIMEOUT)
            superseded = await api_keys.superseded(connection, KEY_SPREAD_TIME)
        async with self._items.turn() as turn:
            for org_id in due:
                promote = partial(self._tokens.promote, org_id)
                await turn.attempt(Item.org(org_id), partial(_act, org_id, promote))
            for org_id in interrupted:
                make = partial(self._tokens.make_secondary, org_id)
                await turn.attempt(Item.org(org_id), partial(_act, org_id, make))
            for key in superseded:
                revoke = partial(self._keys.revoke, key.org_id, key.id, key.sid)
                await turn.attempt(Item(key.sid, key.org_id), partial(_act, key.org_id, revoke))


async def _issue(items: JobItems, keys: RotateKeys, org_ids: Sequence[UUID]) -> None:
    async with items.turn() as turn:
        for org_id in org_ids:
            issue = partial(keys.issue, org_id)
            await turn.attempt(Item.org(org_id), partial(_act, org_id, issue))


async def _act(org_id: UUID, step: Callable[[], Awaitable[object]]) -> None:
    with acting_as(Identity("messaging", org_id)):
        await step()
