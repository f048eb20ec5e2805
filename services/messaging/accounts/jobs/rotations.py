"""Keys are replaced as they age, and what a rotation has begun is finished."""

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

SWITCHED_AFTER = timedelta(seconds=180)
"""When every sender uses a new key: one keeps an account for a minute and a request lasts less."""

_REQUEST_OVER = timedelta(seconds=60)
"""When whoever asked for a token's rotation is not at it any more."""


_FIRST_KEYS = 100
"""For how many organisations a first key is asked for in one run: Twilio may be slow to refuse."""


async def rotate_keys(database: Database, keys: RotateKeys, max_age: timedelta) -> None:
    """Issue a new key for each organisation whose newest is as old as ``max_age``."""
    async with database.system() as connection:
        due = await api_keys.outdated(connection, max_age)
    await _issue(JobItems(database, "messaging", "rotate-keys"), keys, due)


async def issue_first_keys(database: Database, keys: RotateKeys) -> None:
    """Issue a key for organisations that have none, a hundred at the most."""
    async with database.system() as connection:
        keyless = await api_keys.without_any(connection, _FIRST_KEYS)
    await _issue(JobItems(database, "messaging", "issue-first-keys"), keys, keyless)


class FinishRotations:
    """Promotes secondary tokens, and revokes keys that are used no more."""

    def __init__(
        self, database: Database, keys: RotateKeys, tokens: RotateToken, grace: timedelta
    ) -> None:
        self._database = database
        self._keys = keys
        self._tokens = tokens
        self._grace = grace
        self._items = JobItems(database, "messaging", "finish-rotations")

    async def __call__(self) -> None:
        """Do what is due; an organisation at which it fails is left for the next time."""
        async with self._database.system() as connection:
            due = await rotations.due(connection, self._grace)
            interrupted = await rotations.interrupted(connection, _REQUEST_OVER)
            superseded = await api_keys.superseded(connection, SWITCHED_AFTER)
        async with self._items.turn() as turn:
            for org_id in due:
                promote = partial(self._tokens.promote, org_id)
                await turn.attempt(Item.org(org_id), partial(_act, org_id, promote))
            for org_id in interrupted:
                make = partial(self._tokens.make_secondary, org_id)
                await turn.attempt(Item.org(org_id), partial(_act, org_id, make))
            for key in superseded:
                org_id = key["org_id"]
                revoke = partial(self._keys.revoke, org_id, key["id"], key["sid"])
                await turn.attempt(Item(key["sid"], org_id), partial(_act, org_id, revoke))


async def _issue(items: JobItems, keys: RotateKeys, org_ids: Sequence[UUID]) -> None:
    async with items.turn() as turn:
        for org_id in org_ids:
            issue = partial(keys.issue, org_id)
            await turn.attempt(Item.org(org_id), partial(_act, org_id, issue))


async def _act(org_id: UUID, step: Callable[[], Awaitable[object]]) -> None:
    with acting_as(Identity("messaging", org_id)):
        await step()
