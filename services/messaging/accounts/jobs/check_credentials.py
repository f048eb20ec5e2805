"""Notices when credentials can be opened again that could not be: what waited for them goes on."""

from uuid import UUID

import structlog
from prometheus_client import Gauge

from servicekit.crypto import DecryptionFailed
from servicekit.db.database import Database
from servicekit.errors import NotFound, Unavailable
from services.messaging.accounts.storage import unreadable
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.support.wake_sender import wake_sender

log = structlog.get_logger()

UNREADABLE = Gauge(
    "twilio_accounts_unreadable", "Organisations whose stored credentials can't be opened"
)


class CheckCredentials:
    """Tries the credentials of every organisation whose credentials could not be opened.

    They were put on record by whoever needed them. Without pauses that grow: a whole organisation
    waits for it, and opening them costs little.
    """

    def __init__(self, database: Database, accounts: SendingAccounts) -> None:
        self._database = database
        self._accounts = accounts

    async def check(self) -> None:
        """Try them all; those that can be opened wake their senders."""
        async with self._database.system() as connection:
            noted = await unreadable.noted(connection)
        UNREADABLE.set(len(noted))
        for org_id in noted:
            try:
                await self._check(org_id)
            except Unavailable as error:  # the KMS is away
                log.warning("credentials_not_checked", org_id=str(org_id), error=repr(error))

    async def _check(self, org_id: UUID) -> None:
        try:
            await self._accounts.open(org_id)
        except DecryptionFailed as error:
            async with self._database.system() as connection:
                await unreadable.note(connection, org_id, error)
            return
        except NotFound:
            log.info("credentials_gone", org_id=str(org_id))
        self._accounts.forget(org_id)
        async with self._database.system() as connection:
            await unreadable.clear(connection, org_id)
            await wake_sender(connection, org_id)
