"""Messaging services: at most one for each organisation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.versions import Versions
from services.messaging.common.storage.rows import columns_of
from services.messaging.common.storage.tables import twilio_messaging_services as services


@dataclass(frozen=True, slots=True)
class MessagingService:
    """An organisation's messaging service. ``campaign_sid``: the A2P campaign linked to it."""

    org_id: UUID
    sid: str
    friendly_name: str
    status_callback_url: str
    inbound_request_url: str
    campaign_sid: str | None
    sticky_sender: bool
    smart_encoding: bool
    created_at: datetime
    version: int
    column_versions: Mapping[str, int]

    @property
    def versions(self) -> Versions:
        """The service's version, and the version in which each of its columns last changed."""
        return Versions(self.version, self.column_versions)


_COLUMNS = columns_of(services, MessagingService)


async def find(connection: AsyncConnection, org_id: UUID) -> MessagingService | None:
    """Return the organisation's messaging service, if it has one."""
    return await _first(connection, services.c.org_id == org_id)


async def find_by_sid(
    connection: AsyncConnection, org_id: UUID, sid: str
) -> MessagingService | None:
    """Return the organisation's messaging service if its Twilio id is ``sid``."""
    return await _first(connection, services.c.org_id == org_id, services.c.sid == sid)


async def encodes_smartly(connection: AsyncConnection, org_id: UUID) -> bool:
    """Whether look-alike characters are replaced in the organisation's messages.

    Also True if the organisation has no messaging service yet, because a new service replaces them.
    """
    found = await connection.scalar(
        select(services.c.smart_encoding).where(services.c.org_id == org_id)
    )
    return found is not False


async def add(
    connection: AsyncConnection, org_id: UUID, service: Mapping[str, str | bool]
) -> MessagingService:
    """Store the messaging service that Twilio created. ``service`` contains its columns."""
    rows = await connection.execute(
        insert(services).values(org_id=org_id, **service).returning(*_COLUMNS)
    )
    return MessagingService(**rows.mappings().one())


async def change(
    connection: AsyncConnection, org_id: UUID, sid: str, changes: Mapping[str, bool]
) -> MessagingService:
    """Store changed settings of a messaging service."""
    rows = await connection.execute(
        update(services)
        .where(services.c.org_id == org_id, services.c.sid == sid)
        .values(**changes)
        .returning(*_COLUMNS)
    )
    return MessagingService(**rows.mappings().one())


async def not_found(database: Database, org_id: UUID, sid: str) -> Exception:
    """Return the error for a messaging service that the organisation does not own."""
    elsewhere = (services.c.sid == sid) & (services.c.org_id != org_id)
    return await database.not_found(services, elsewhere, "messaging service")


async def _first(
    connection: AsyncConnection, *conditions: ColumnElement[Any]
) -> MessagingService | None:
    rows = await connection.execute(select(*_COLUMNS).where(*conditions))
    row = rows.mappings().first()
    return MessagingService(**row) if row else None
