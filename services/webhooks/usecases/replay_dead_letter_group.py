"""Replay the waiting dead letters of a group, with a reason and a result for each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.identity import Identity
from services.webhooks.domain.dead_letter import require_replayable, webhook_id_of
from services.webhooks.storage import dead_letter_groups, webhook_logs
from services.webhooks.storage.dead_letter_groups import Group
from services.webhooks.storage.dead_letters import StoredDeadLetter
from services.webhooks.support.audit import Replay, audit

Outcome = Literal["replayed", "already_handled", "failed"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """The result of replaying a dead letter. `error` says why the replay failed."""

    id: UUID
    outcome: Outcome
    error: str | None = None


@dataclass(frozen=True, slots=True)
class GroupReplay:
    """The results of replaying a group, and how many of its dead letters still wait."""

    items: Sequence[Replayed]
    remaining: int


class ReplayDeadLetterGroup:
    """Replays groups of dead letters for an operator."""

    def __init__(self, database: Database, replay: Replay) -> None:
        self._database = database
        self._replay = replay

    async def replay(
        self, operator: Identity, group: Group, reason: str, limit: int
    ) -> GroupReplay:
        """Replay up to `limit` dead letters of `group`, the oldest first.

        One that can't be published is reported and does not stop the others.

        Raises:
            Conflict: dead_letter_retries_itself. The dead letters are items that a job failed to
                handle, and the job tries them again itself.
        """
        async with self._database.system() as connection:
            letters = await dead_letter_groups.waiting(connection, group, None, limit)
            for letter in letters:
                require_replayable(letter.subject)
            handled = await webhook_logs.succeeded(connection, _webhook_ids(letters))
        items = [await self._one(operator, letter, reason, handled) for letter in letters]
        async with self._database.system() as connection:
            remaining = await dead_letter_groups.count(connection, group)
        return GroupReplay(items, remaining)

    async def _one(
        self,
        operator: Identity,
        letter: StoredDeadLetter,
        reason: str,
        handled: Collection[UUID],
    ) -> Replayed:
        if webhook_id_of(letter.subject, letter.message_id) in handled:
            return Replayed(letter.id, "already_handled")
        async with self._database.system() as connection:
            await audit(connection, operator, "dead_letter_replayed", letter, reason)
        try:
            await self._replay(letter.id)
        except DomainError as error:
            return Replayed(letter.id, "failed", error.message)
        return Replayed(letter.id, "replayed")


def _webhook_ids(letters: Sequence[StoredDeadLetter]) -> list[UUID]:
    found = (webhook_id_of(letter.subject, letter.message_id) for letter in letters)
    return [webhook_id for webhook_id in found if webhook_id]
