"""Keys are replaced as they age, and what a rotation has begun is finished."""

from collections.abc import Coroutine
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from servicekit.crypto import DecryptionFailed
from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.identity import Identity, acting_as
from services.messaging.storage import api_keys, rotations
from services.messaging.usecases.rotate_keys import RotateKeys
from services.messaging.usecases.rotate_token import RotateToken

log = structlog.get_logger()

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
    for org_id in due:
        await _attempt(org_id, keys.issue(org_id))


async def issue_first_keys(database: Database, keys: RotateKeys) -> None:
    """Issue a key for organisations that have none, a hundred at the most."""
    async with database.system() as connection:
        keyless = await api_keys.without_any(connection, _FIRST_KEYS)
    for org_id in keyless:
        await _attempt(org_id, keys.issue(org_id))


class FinishRotations:
    """Promotes secondary tokens, and revokes keys that are used no more."""

    def __init__(
        self, database: Database, keys: RotateKeys, tokens: RotateToken, grace: timedelta
    ) -> None:
        self._database = database
        self._keys = keys
        self._tokens = tokens
        self._grace = grace

    async def __call__(self) -> None:
        """Do what is due; an organisation at which it fails is left for the next time."""
        async with self._database.system() as connection:
            due = await rotations.due(connection, self._grace)
            interrupted = await rotations.interrupted(connection, _REQUEST_OVER)
            superseded = await api_keys.superseded(connection, SWITCHED_AFTER)
        for org_id in due:
            await _attempt(org_id, self._tokens.promote(org_id))
        for org_id in interrupted:
            await _attempt(org_id, self._tokens.make_secondary(org_id))
        for key in superseded:
            revoking = self._keys.revoke(key["org_id"], key["id"], key["sid"])
            await _attempt(key["org_id"], revoking)


async def _attempt(org_id: UUID, step: Coroutine[Any, Any, object]) -> None:
    with acting_as(Identity("messaging", org_id)):
        try:
            await step
        except (DomainError, DecryptionFailed) as error:
            log.warning("rotation_waits", org_id=str(org_id), error=repr(error))
