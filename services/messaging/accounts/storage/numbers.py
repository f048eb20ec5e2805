"""Phone numbers that organisations send from.

A released number keeps its row. If the same number is bought again, it gets another row.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, func, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.modes import is_live
from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.messaging.common.storage.customer_events import tell_customers
from services.messaging.common.storage.rows import columns_of
from services.messaging.common.storage.tables import twilio_numbers as numbers
from smsblaster.messaging.v1 import numbers_pb2


@dataclass(frozen=True, slots=True)
class Number:
    """A number of an organisation. ``capabilities``: any of sms, mms and voice."""

    id: UUID
    org_id: UUID
    sid: str
    phone_number: str
    country: str
    capabilities: Sequence[str]
    messaging_service_sid: str | None
    purchased_at: datetime
    released_at: datetime | None
    number_type: str | None
    cents_per_month: int | None
    paid_until: datetime | None
    unpaid_since: datetime | None


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number that was just bought. ``capabilities``: any of sms, mms and voice."""

    sid: str
    phone_number: str
    country: str
    capabilities: Sequence[str]


@dataclass(frozen=True, slots=True)
class FirstMonth:
    """The paid first month of a number. ``id`` is the id of the purchase that was charged."""

    id: UUID
    number_type: str
    cents_per_month: int
    payer_user_id: UUID
    payer_email: str
    billed_from: datetime
    paid_until: datetime


@dataclass(frozen=True, slots=True)
class NumberFilter:
    """A filter for numbers that have all `capabilities`.

    If `released`, released numbers match too.
    """

    country: str | None
    capabilities: Sequence[str]
    released: bool


_COLUMNS = columns_of(numbers, Number)


async def owned(connection: AsyncConnection, org_id: UUID) -> Sequence[Number]:
    """Return the organisation's numbers that are not released, newest first."""
    return await listed(connection, org_id, NumberFilter(None, (), released=False))


async def listed(
    connection: AsyncConnection, org_id: UUID, wanted: NumberFilter
) -> Sequence[Number]:
    """Return the organisation's numbers that match the filter, newest first."""
    query = select(*_COLUMNS).where(numbers.c.org_id == org_id)
    if wanted.country:
        query = query.where(numbers.c.country == wanted.country)
    if wanted.capabilities:
        query = query.where(numbers.c.capabilities.contains(list(wanted.capabilities)))
    if not wanted.released:
        query = query.where(numbers.c.released_at.is_(None))
    return _all(await connection.execute(query.order_by(numbers.c.id.desc())))


async def release_former(connection: AsyncConnection, phone_number: str) -> Sequence[Number]:
    """Mark a number as released for each organisation that has it. Returns the changed rows.

    Test organisations keep theirs.
    """
    released = _all(
        await connection.execute(
            update(numbers)
            .where(
                numbers.c.phone_number == phone_number,
                numbers.c.released_at.is_(None),
                is_live(numbers.c.org_id),
            )
            .values(released_at=func.now(), unpaid_since=None)
            .returning(*_COLUMNS)
        )
    )
    note(connection, *(Hint(number.org_id, Topic.NUMBER) for number in released))
    for number in released:
        await _tell_released(connection, number)
    return released


async def outside_of_services(connection: AsyncConnection, org_id: UUID) -> Sequence[Number]:
    """Return the organisation's numbers that are in no messaging service, oldest first."""
    return _all(
        await connection.execute(
            select(*_COLUMNS)
            .where(
                numbers.c.org_id == org_id,
                numbers.c.messaging_service_sid.is_(None),
                numbers.c.released_at.is_(None),
            )
            .order_by(numbers.c.id)
        )
    )


async def find(connection: AsyncConnection, org_id: UUID, sid: str) -> Number | None:
    """Return the organisation's number with Twilio's id ``sid``, unless it is released."""
    rows = await connection.execute(
        select(*_COLUMNS).where(
            numbers.c.org_id == org_id, numbers.c.sid == sid, numbers.c.released_at.is_(None)
        )
    )
    row = rows.mappings().first()
    return Number(**row) if row else None


async def known_among(connection: AsyncConnection, org_id: UUID, sids: Collection[str]) -> set[str]:
    """Return those of ``sids`` whose numbers are stored for the organisation."""
    rows = await connection.execute(
        select(numbers.c.sid).where(
            numbers.c.org_id == org_id, numbers.c.sid.in_(sids), numbers.c.released_at.is_(None)
        )
    )
    return set(rows.scalars())


async def add(
    connection: AsyncConnection, org_id: UUID, number: NewNumber, paid: FirstMonth | None
) -> None:
    """Add a number that was bought. ``paid``: its first month, if it is already paid."""
    months = asdict(paid) if paid else {"id": new_id()}
    await connection.execute(
        insert(numbers).values(
            **months,
            org_id=org_id,
            sid=number.sid,
            phone_number=number.phone_number,
            country=number.country,
            capabilities=list(number.capabilities),
        )
    )


async def set_service(
    connection: AsyncConnection, org_id: UUID, number_id: UUID, service_sid: str
) -> Number:
    """Record to which messaging service a number was added. ``number_id`` is our id."""
    rows = await connection.execute(
        update(numbers)
        .where(numbers.c.org_id == org_id, numbers.c.id == number_id)
        .values(messaging_service_sid=service_sid)
        .returning(*_COLUMNS)
    )
    return Number(**rows.mappings().one())


async def release(
    connection: AsyncConnection, org_id: UUID, number_id: UUID, *, unpaid: bool
) -> Number:
    """Mark a number as released. Idempotent.

    Args:
        connection: The transaction.
        org_id: The organisation.
        number_id: Our id of the number.
        unpaid: Whether the number is released because a month was not paid.
    """
    since = numbers.c.unpaid_since if unpaid else null()
    rows = await connection.execute(
        update(numbers)
        .where(numbers.c.org_id == org_id, numbers.c.id == number_id)
        .values(released_at=func.coalesce(numbers.c.released_at, func.now()), unpaid_since=since)
        .returning(*_COLUMNS)
    )
    note(connection, Hint(org_id, Topic.NUMBER))
    released = Number(**rows.mappings().one())
    await _tell_released(connection, released)
    return released


async def not_found(database: Database, org_id: UUID, sid: str) -> Exception:
    """Return the error for a number that the organisation does not own or has released."""
    elsewhere = (numbers.c.sid == sid) & (numbers.c.org_id != org_id)
    return await database.not_found(numbers, elsewhere, "number")


def _all(rows: CursorResult[Any]) -> Sequence[Number]:
    return [Number(**row) for row in rows.mappings()]


async def _tell_released(connection: AsyncConnection, number: Number) -> None:
    data = numbers_pb2.PhoneNumber()
    await tell_customers(connection, number.org_id, "number.released", data, number)
