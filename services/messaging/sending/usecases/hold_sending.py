"""Hold the sending of all organisations, or let them send again."""

from servicekit.db.database import Database
from services.messaging.common.support.audit import audit
from services.messaging.sending.storage import sending_hold

_ENTITY = ("platform", "sending")


class HoldSending:
    """Holds and releases all sending. Idempotent.

    Nothing is claimed after the hold, and senders read it before each request to Twilio, at most
    0.75 seconds earlier. The job ``ring-doorbells`` wakes the senders after the release.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def hold(self, reason: str) -> None:
        """Hold all sending, and write the reason to the audit log."""
        async with self._database.system() as connection:
            await sending_hold.hold(connection, reason)
            await audit(connection, "all_sending_held", *_ENTITY, reason=reason)

    async def release(self, reason: str) -> None:
        """Let all organisations send again, and write the reason to the audit log."""
        async with self._database.system() as connection:
            if await sending_hold.release(connection):
                await audit(connection, "all_sending_released", *_ENTITY, reason=reason)
