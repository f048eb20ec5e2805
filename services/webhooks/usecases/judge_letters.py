"""What operators do with dead letters, each act written to the audit log."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.audit import Act, record
from servicekit.db.database import Database
from servicekit.errors import Conflict, NotFound
from servicekit.identity import Identity
from services.webhooks.domain.dead_letter import is_item
from services.webhooks.storage import dead_letters
from services.webhooks.usecases.replay import Replay, retries_itself


class JudgeLetters:
    """Reads, replays and discards dead letters. Every method raises ``NotFound``."""

    def __init__(self, database: Database, replaying: Replay) -> None:
        self._database = database
        self._replaying = replaying

    async def read(self, operator: Identity, letter_id: UUID) -> RowMapping:
        """The letter's row, with its payload: people's texts, so that it was read is noted."""
        async with self._database.system() as connection:
            row = await _get(connection, letter_id)
            await _note(connection, operator, "dead_letter_read", row)
            return row

    async def replay(self, operator: Identity, letter_id: UUID) -> RowMapping:
        """Give the letter to its consumers once more; its row.

        Raises ``Conflict`` (dead_letter_discarded, dead_letter_retries_itself), and ``Unavailable``
        where the bus is away.
        """
        async with self._database.system() as connection:
            row = await _get(connection, letter_id)
            if row["status"] == "discarded":
                raise Conflict("This dead letter was discarded.", "dead_letter_discarded")
            if is_item(row["subject"]):
                raise retries_itself()
            await _note(connection, operator, "dead_letter_replayed", row)
        await self._replaying.one(letter_id)
        async with self._database.system() as connection:
            return await _get(connection, letter_id)

    async def discard(self, operator: Identity, letter_id: UUID) -> RowMapping:
        """Say that nothing shall come of the letter; its row. One discarded before stays so.

        Raises ``Conflict`` (dead_letter_replayed, dead_letter_resolved).
        """
        async with self._database.system() as connection:
            row = await _get(connection, letter_id)
            if row["status"] == "discarded":
                return row
            if row["status"] == "resolved":
                raise Conflict("This item has succeeded meanwhile.", "dead_letter_resolved")
            if not await dead_letters.discard(connection, letter_id):
                raise Conflict("This dead letter was replayed.", "dead_letter_replayed")
            await _note(connection, operator, "dead_letter_discarded", row)
            return await _get(connection, letter_id)


async def _get(connection: AsyncConnection, letter_id: UUID) -> RowMapping:
    row = await dead_letters.row_of(connection, letter_id)
    if row is None:
        raise NotFound("There is no such dead letter.", "dead_letter_not_found")
    return row


async def _note(
    connection: AsyncConnection, operator: Identity, action: str, letter: RowMapping
) -> None:
    """Write to the operator's own organisation's log: a letter may be of several or none."""
    org_id, actor = operator.require_org(), operator.require_user()
    meta = {"consumer": letter["consumer"], "subject": letter["subject"]}
    act = Act(org_id, actor, action, ("dead_letter", str(letter["id"])), meta)
    await record(connection, "webhooks", act)
