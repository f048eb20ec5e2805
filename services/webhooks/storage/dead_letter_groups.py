"""Waiting dead letters, grouped by consumer and error."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.webhooks.storage.dead_letters import LETTERS, WAITING, StoredDeadLetter
from services.webhooks.storage.tables import webhook_dead_letters as letters

_MOST_GROUPS = 200
_NUMBERS_AND_IDS = r"[0-9a-fA-F]{8,}(-[0-9a-fA-F]{4,})*|[0-9]+"
_ERROR: ColumnElement[str] = func.regexp_replace(letters.c.error, _NUMBERS_AND_IDS, "#", "g")
_IS_MESSAGE = ~letters.c.subject.startswith("item.")


@dataclass(frozen=True, slots=True)
class Group:
    """The key of a group of dead letters: the consumer, and the error without numbers and ids."""

    consumer: str
    error: str


@dataclass(frozen=True, slots=True)
class CountedGroup:
    """How many dead letters of a group wait, and since when."""

    consumer: str
    error: str
    count: int
    replayable: bool
    oldest_at: datetime
    newest_at: datetime


async def counted(connection: AsyncConnection, consumer: str | None) -> Sequence[CountedGroup]:
    """Count the waiting dead letters of each consumer and error, the largest group first.

    If `consumer` is None, the groups of every consumer are returned.
    """
    error, number = _ERROR.label("error"), func.count().label("count")
    last = func.coalesce(letters.c.last_failed_at, letters.c.created_at)
    query = (
        select(
            letters.c.consumer,
            error,
            number,
            func.bool_and(_IS_MESSAGE),
            func.min(letters.c.created_at),
            func.max(last),
        )
        .where(WAITING)
        .group_by(letters.c.consumer, error)
        .order_by(number.desc(), letters.c.consumer, error)
        .limit(_MOST_GROUPS)
    )
    if consumer is not None:
        query = query.where(letters.c.consumer == consumer)
    return [CountedGroup(*row) for row in await connection.execute(query)]


async def waiting(
    connection: AsyncConnection, group: Group, after: UUID | None, limit: int
) -> Sequence[StoredDeadLetter]:
    """Return up to `limit` waiting dead letters of a group with their payloads, oldest first."""
    query = LETTERS.add_columns(letters.c.payload).where(WAITING, _in(group))
    if after is not None:
        query = query.where(letters.c.id > after)
    rows = await connection.execute(query.order_by(letters.c.id).limit(limit))
    return [StoredDeadLetter(**row) for row in rows.mappings()]


async def count(connection: AsyncConnection, group: Group) -> int:
    """Count the waiting dead letters of a group."""
    query = select(func.count()).select_from(letters).where(WAITING, _in(group))
    return int(await connection.scalar(query) or 0)


def _in(group: Group) -> ColumnElement[bool]:
    return and_(letters.c.consumer == group.consumer, literal(group.error) == _ERROR)
