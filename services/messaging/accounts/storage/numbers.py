"""Phone numbers to send from. A released one keeps its row; one that comes back gets another."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, null, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.messaging.common.storage.tables import twilio_numbers as numbers


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number that was bought; ``capabilities`` are some of sms, mms and voice."""

    sid: str
    phone_number: str
    country: str
    capabilities: Sequence[str]


@dataclass(frozen=True, slots=True)
class FirstMonth:
    """The paid first month of a number, under the id by which it was charged."""

    id: UUID
    number_type: str
    cents_per_month: int
    payer_user_id: UUID
    payer_email: str
    billed_from: datetime
    paid_until: datetime


async def owned(connection: AsyncConnection, org_id: UUID) -> Sequence[RowMapping]:
    """The organisation's numbers, newest first, without released ones."""
    rows = await connection.execute(
        select(numbers)
        .where(numbers.c.org_id == org_id, numbers.c.released_at.is_(None))
        .order_by(numbers.c.id.desc())
    )
    return rows.mappings().all()


async def listed(
    connection: AsyncConnection,
    org_id: UUID,
    *,
    country: str | None,
    capability: str | None,
    released: bool,
) -> Sequence[RowMapping]:
    """The organisation's numbers, newest first: of a country, with a capability, or all.

    ``released``: those that were given back besides.
    """
    query = select(numbers).where(numbers.c.org_id == org_id)
    if country:
        query = query.where(numbers.c.country == country)
    if capability:
        query = query.where(numbers.c.capabilities.contains([capability]))
    if not released:
        query = query.where(numbers.c.released_at.is_(None))
    rows = await connection.execute(query.order_by(numbers.c.id.desc()))
    return rows.mappings().all()


async def release_former(connection: AsyncConnection, phone_number: str) -> Sequence[RowMapping]:
    """Note that whoever has the number, of whatever organisation, has it no more; their rows."""
    rows = await connection.execute(
        update(numbers)
        .where(numbers.c.phone_number == phone_number, numbers.c.released_at.is_(None))
        .values(released_at=func.now(), unpaid_since=None)
        .returning(numbers)
    )
    former: Sequence[RowMapping] = rows.mappings().all()
    return former


async def outside_of_services(connection: AsyncConnection, org_id: UUID) -> Sequence[RowMapping]:
    """The organisation's numbers that are in no messaging service, oldest first."""
    rows = await connection.execute(
        select(numbers)
        .where(
            numbers.c.org_id == org_id,
            numbers.c.messaging_service_sid.is_(None),
            numbers.c.released_at.is_(None),
        )
        .order_by(numbers.c.id)
    )
    return rows.mappings().all()


async def find(connection: AsyncConnection, org_id: UUID, sid: str) -> RowMapping | None:
    """The organisation's number with Twilio's id ``sid``, unless it is released."""
    rows = await connection.execute(
        select(numbers).where(
            numbers.c.org_id == org_id, numbers.c.sid == sid, numbers.c.released_at.is_(None)
        )
    )
    return rows.mappings().first()


async def known_among(connection: AsyncConnection, org_id: UUID, sids: Collection[str]) -> set[str]:
    """Those of ``sids`` that the organisation has."""
    rows = await connection.execute(
        select(numbers.c.sid).where(
            numbers.c.org_id == org_id, numbers.c.sid.in_(sids), numbers.c.released_at.is_(None)
        )
    )
    return set(rows.scalars())


async def add(
    connection: AsyncConnection, org_id: UUID, number: NewNumber, paid: FirstMonth | None
) -> None:
    """Note a number that was bought, and its first month where that is paid."""
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
) -> RowMapping:
    """Note which messaging service a number, by our id of it, was put into."""
    rows = await connection.execute(
        update(numbers)
        .where(numbers.c.org_id == org_id, numbers.c.id == number_id)
        .values(messaging_service_sid=service_sid)
        .returning(numbers)
    )
    row: RowMapping = rows.mappings().one()
    return row


async def release(
    connection: AsyncConnection, org_id: UUID, number_id: UUID, *, unpaid: bool
) -> RowMapping:
    """Note that a number, by our id of it, was given back; the first time stands.

    ``unpaid``: because a month of it was not paid.
    """
    since = numbers.c.unpaid_since if unpaid else null()
    rows = await connection.execute(
        update(numbers)
        .where(numbers.c.org_id == org_id, numbers.c.id == number_id)
        .values(released_at=func.coalesce(numbers.c.released_at, func.now()), unpaid_since=since)
        .returning(numbers)
    )
    row: RowMapping = rows.mappings().one()
    return row
