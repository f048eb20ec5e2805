"""Read, replay and discard dead letters as an operator. Each action is audited."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.audit import Act, record
from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.identity import Identity
from services.webhooks.domain.dead_letter import require_replayable
from services.webhooks.storage import dead_letters
from services.webhooks.storage.dead_letters import StoredDeadLetter

Replay = Callable[[UUID], Awaitable[None]]
"""Publishes a dead letter's message again."""


class ManageDeadLetters:
    """Read, replay and discard dead letters. Every method raises `NotFound` for an unknown id."""

    def __init__(self, database: Database, replay: Replay) -> None:
        self._database = database
        self._replay = replay

    async def read(self, operator: Identity, letter_id: UUID) -> StoredDeadLetter:
        """Return a dead letter with its payload, which may hold people's messages."""
        async with self._database.system() as connection:
            letter = await dead_letters.get(connection, letter_id)
            await _audit(connection, operator, "dead_letter_read", letter)
            return letter

    async def replay(self, operator: Identity, letter_id: UUID) -> StoredDeadLetter:
        """Publish a dead letter's message again, and return the dead letter.

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
            await _audit(connection, operator, "dead_letter_replayed", letter)
        await self._replay(letter_id)
        async with self._database.system() as connection:
            return await dead_letters.get(connection, letter_id)

    async def discard(self, operator: Identity, letter_id: UUID) -> StoredDeadLetter:
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
            await _audit(connection, operator, "dead_letter_discarded", letter)
            return await dead_letters.get(connection, letter_id)


async def _audit(
    connection: AsyncConnection, operator: Identity, action: str, letter: StoredDeadLetter
) -> None:
    """Write to the audit log of the operator's own organisation.

    A dead letter may concern several organisations or none, so their audit logs can't be used.
    """
    org_id, actor = operator.require_org(), operator.require_user()
    meta = {"consumer": letter.consumer, "subject": letter.subject}
    act = Act(org_id, actor, action, ("dead_letter", str(letter.id)), meta)
    await record(connection, "webhooks", act)
