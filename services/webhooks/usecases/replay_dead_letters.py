"""Replaying dead letters: their consumers get them once more."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.bus.connection import BusMessage
from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from servicekit.ids import new_id
from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.providers.webhook_publisher import WebhookPublisher
from services.webhooks.storage import dead_letters, webhook_logs

_BATCH = 500


class ReplayDeadLetters:
    """Replays dead letters. Every method raises ``Unavailable`` where the bus is away."""

    def __init__(self, database: Database, publisher: WebhookPublisher) -> None:
        self._database = database
        self._publisher = publisher

    async def one(self, letter_id: UUID) -> None:
        """Replay one, replayed before or not.

        Raises ``NotFound``, and ``Conflict`` dead_letter_retries_itself for an item of a job.
        """
        async with self._database.system() as connection:
            letter = await dead_letters.find(connection, letter_id)
        if letter is None:
            raise NotFound("There is no such dead letter.", "dead_letter_not_found")
        if letter.is_item:
            raise retries_itself()
        await self._replay([letter])

    async def all_waiting(self) -> int:
        """Replay all that never were and whose webhooks have not been carried out; how many."""
        total = 0
        after: UUID | None = None
        while letters := await self._waiting(after):
            after = letters[-1].id
            still_wanted = await self._still_wanted(letters)
            await self._replay(still_wanted)
            total += len(still_wanted)
        return total

    async def _waiting(self, after: UUID | None) -> Sequence[DeadLetter]:
        async with self._database.system() as connection:
            return await dead_letters.waiting(connection, after, _BATCH)

    async def _still_wanted(self, letters: Sequence[DeadLetter]) -> Sequence[DeadLetter]:
        webhook_ids = [letter.webhook_id for letter in letters if letter.webhook_id]
        async with self._database.system() as connection:
            done = await webhook_logs.carried_out(connection, webhook_ids)
        return [letter for letter in letters if letter.webhook_id not in done]

    async def _replay(self, letters: Sequence[DeadLetter]) -> None:
        """Publish and then note it: should this process die in between, they go out twice."""
        if not letters:
            return
        await self._publisher.publish_messages([_again(letter) for letter in letters])
        async with self._database.system() as connection:
            await dead_letters.note_replayed(connection, [letter.id for letter in letters])


def retries_itself() -> Conflict:
    """The error for an item of a job, which can't be replayed."""
    return Conflict(
        "The job tries this item again by itself. Mend the cause.", "dead_letter_retries_itself"
    )


def _again(letter: DeadLetter) -> BusMessage:
    """The message under an id that no consumer's inbox and no stream has seen."""
    return BusMessage(letter.subject, f"{letter.message_id}.{new_id().hex}", letter.payload)
