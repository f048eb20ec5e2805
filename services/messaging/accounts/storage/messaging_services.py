"""Messaging services: one for each organisation."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import RowMapping, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.common.storage.tables import twilio_messaging_services as services


async def find(connection: AsyncConnection, org_id: UUID) -> RowMapping | None:
    """The organisation's messaging service, if it has one."""
    rows = await connection.execute(select(services).where(services.c.org_id == org_id))
    return rows.mappings().first()


async def encodes_smartly(connection: AsyncConnection, org_id: UUID) -> bool:
    """Whether look-alikes are replaced in the organisation's texts.

    True before it has a messaging service: one is created like that.
    """
    found = await connection.scalar(
        select(services.c.smart_encoding).where(services.c.org_id == org_id)
    )
    return found is not False


async def find_by_sid(connection: AsyncConnection, org_id: UUID, sid: str) -> RowMapping | None:
    """The organisation's messaging service, if it is the one named ``sid`` at Twilio."""
    rows = await connection.execute(
        select(services).where(services.c.org_id == org_id, services.c.sid == sid)
    )
    return rows.mappings().first()


async def add(
    connection: AsyncConnection, org_id: UUID, service: Mapping[str, str | bool]
) -> RowMapping:
    """Note the messaging service that Twilio created; ``service`` holds its columns."""
    rows = await connection.execute(
        insert(services).values(org_id=org_id, **service).returning(services)
    )
    row: RowMapping = rows.mappings().one()
    return row


async def change(
    connection: AsyncConnection, org_id: UUID, sid: str, changes: Mapping[str, bool]
) -> RowMapping:
    """Note changed settings."""
    rows = await connection.execute(
        update(services)
        .where(services.c.org_id == org_id, services.c.sid == sid)
        .values(**changes)
        .returning(services)
    )
    row: RowMapping = rows.mappings().one()
    return row
