"""Notice when unreadable credentials can be decrypted again, and resume the organisation's work."""

from uuid import UUID

import structlog
from prometheus_client import Gauge

from servicekit.crypto import DecryptionFailed
from servicekit.db.database import Database
from servicekit.errors import NotFound, Unavailable
from services.messaging.accounts.storage import unreadable
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.storage.send_jobs import wake_sender

log = structlog.get_logger()

UNREADABLE = Gauge(
    "smsblaster_twilio_accounts_unreadable",
    "Organisations whose stored credentials can't be decrypted",
)


class CheckCredentials:
    """Try to decrypt the credentials of every organisation that is recorded as unreadable.

    Other jobs wait longer after each attempt. This one does not, because nothing of the
    organisation can be sent meanwhile.
    """

    def __init__(self, database: Database, accounts: SendingAccounts) -> None:
        self._database = database
        self._accounts = accounts

    async def check(self) -> None:
        """Try each recorded organisation. If decryption works, wake sender processes for it."""
        async with self._database.system() as connection:
            recorded = await unreadable.recorded(connection)
        UNREADABLE.set(len(recorded))
        for org_id in recorded:
            try:
                await self._check(org_id)
            except Unavailable as error:  # the KMS can't be reached
                log.warning("credentials_not_checked", org_id=str(org_id), error=repr(error))

    async def _check(self, org_id: UUID) -> None:
        try:
            await self._accounts.open(org_id)
        except DecryptionFailed as error:
            async with self._database.system() as connection:
                await unreadable.record(connection, org_id, error)
            return
        except NotFound:
            log.info("credentials_gone", org_id=str(org_id))
        self._accounts.evict(org_id)
        async with self._database.system() as connection:
            await unreadable.clear(connection, org_id)
            await wake_sender(connection, org_id)
