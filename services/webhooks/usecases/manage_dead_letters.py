"""Read, replay and discard dead letters as an operator. Each action is audited."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.identity import Identity
from services.webhooks.domain.dead_letter import require_replayable
from services.webhooks.storage import dead_letters
from services.webhooks.storage.dead_letters import StoredDeadLetter
from services.webhooks.support.audit import Replay, audit


class ManageDeadLetters:
    """Reads, replays and discards dead letters.

    Every method raises `NotFound` for an unknown id.
    """

    def __init__(self, database: Database, replay: Replay) -> None:
        self._database = database
        self._replay = replay

    async def read(self, operator: Identity, letter_id: UUID) -> StoredDeadLetter:
        """Return a dead letter with its payload, which may contain people's messages.

        Writes an audit entry.
        """
        async with self._database.system() as connection:
            letter = await dead_letters.get(connection, letter_id)
            await audit(connection, operator, "dead_letter_read", letter)
            return letter

    async def replay(
        self, operator: Identity, letter_id: UUID, reason: str = ""
    ) -> StoredDeadLetter:
        """Publish the bus message of a dead letter again, and return the dead letter.

        Raises:
            Conflict: dead_letter_discarded, or dead_letter_retries_itself for an item of a job.
            Unavailable: The bus can't be reached.
        """
        async with self._database.system() as connection:
            letter = await dead_letters.get(connection, letter_id)
            if letter.status == "discarded":
                message = "This dead letter was discarded. It can't be replayed."
                raise Conflict(message, "dead_letter_discarded")
            require_replayable(letter.subject)
            await audit(connection, operator, "dead_letter_replayed", letter, reason)
        await self._replay(letter_id)
        async with self._database.system() as connection:
            return await dead_letters.get(connection, letter_id)

    async def discard(
        self, operator: Identity, letter_id: UUID, reason: str = ""
    ) -> StoredDeadLetter:
        """Discard a dead letter, and return it. Idempotent.

        Raises:
            Conflict: dead_letter_replayed or dead_letter_resolved.
        """
        async with self._database.system() as connection:
            letter = await dead_letters.get(connection, letter_id)
            if letter.status == "discarded":
                return letter
            if letter.status == "resolved":
                message = "The job has processed this item. There is nothing to discard."
                raise Conflict(message, "dead_letter_resolved")
            if not await dead_letters.discard(connection, letter_id):
                message = "This dead letter was replayed. It can't be discarded."
                raise Conflict(message, "dead_letter_replayed")
            await audit(connection, operator, "dead_letter_discarded", letter, reason)
            return await dead_letters.get(connection, letter_id)
