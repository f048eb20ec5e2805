"""Replay dead letters: publish their messages again for their consumers."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.bus.connection import BusMessage
from servicekit.db.database import Database
from servicekit.ids import new_id
from services.webhooks.domain.dead_letter import require_replayable, webhook_id_of
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.storage import dead_letters, webhook_logs
from services.webhooks.storage.dead_letters import StoredDeadLetter

_BATCH = 500


class ReplayDeadLetters:
    """Replays dead letters. Every method raises `Unavailable` while the bus can't be reached."""

    def __init__(self, database: Database, publisher: WebhookPublisher) -> None:
        self._database = database
        self._publisher = publisher

    async def replay(self, letter_id: UUID) -> None:
        """Replay one dead letter, even if it has been replayed before.

        Raises:
            NotFound: There is no dead letter with this id.
            Conflict: dead_letter_retries_itself, for an item of a job.
        """
        async with self._database.system() as connection:
            letter = await dead_letters.get(connection, letter_id)
        require_replayable(letter.subject)
        await self._replay([letter])

    async def replay_waiting(self) -> int:
        """Replay all waiting dead letters whose webhooks have not succeeded since.

        Returns:
            The number of dead letters that were replayed.
        """
        total = 0
        after: UUID | None = None
        while letters := await self._waiting(after):
            after = letters[-1].id
            wanted = await self._without_succeeded(letters)
            await self._replay(wanted)
            total += len(wanted)
        return total

    async def _waiting(self, after: UUID | None) -> Sequence[StoredDeadLetter]:
        async with self._database.system() as connection:
            return await dead_letters.waiting_messages(connection, after, _BATCH)

    async def _without_succeeded(
        self, letters: Sequence[StoredDeadLetter]
    ) -> Sequence[StoredDeadLetter]:
        webhook_ids = {
            letter.id: webhook_id
            for letter in letters
            if (webhook_id := webhook_id_of(letter.subject, letter.message_id))
        }
        async with self._database.system() as connection:
            succeeded = await webhook_logs.succeeded(connection, list(webhook_ids.values()))
        return [letter for letter in letters if webhook_ids.get(letter.id) not in succeeded]

    async def _replay(self, letters: Sequence[StoredDeadLetter]) -> None:
        """Publish the messages, then mark their dead letters as replayed.

        After a crash in between, the messages are published twice.
        """
        if not letters:
            return
        await self._publisher.publish_messages([_replayed_message(letter) for letter in letters])
        async with self._database.system() as connection:
            await dead_letters.mark_replayed(connection, [letter.id for letter in letters])


def _replayed_message(letter: StoredDeadLetter) -> BusMessage:
    """Return the bus message of a dead letter, with an id that no inbox and no stream has seen."""
    return BusMessage(letter.subject, f"{letter.message_id}.{new_id().hex}", letter.payload)
