"""Read, write and delete templates."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.db.versions import Versions
from servicekit.errors import Conflict
from servicekit.ids import new_id
from services.campaigns.common.storage.words import begin_with, words_of
from services.campaigns.templates.storage.tables import sms_templates as templates


@dataclass(frozen=True, slots=True)
class Template:
    """A stored template."""

    id: UUID
    name: str
    content: str
    created_by: UUID
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None
    version: int
    column_versions: Mapping[str, int]

    @property
    def versions(self) -> Versions:
        """The template's version, and the version in which each column last changed."""
        return Versions(self.version, self.column_versions)


_COLUMNS = [templates.c[field.name] for field in fields(Template)]


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, name: str, content: str
) -> Template:
    """Store a template.

    Raises:
        Conflict: Another template has this name.
    """
    statement = (
        insert(templates)
        .values(id=new_id(), org_id=org_id, name=name, content=content, created_by=user_id)
        .returning(*_COLUMNS)
    )
    try:
        return Template(*(await connection.execute(statement)).one())
    except IntegrityError as error:
        raise _name_taken(error) from error


async def page(
    connection: AsyncConnection, org_id: UUID, search: str, limit: int, before: UUID | None
) -> Sequence[Template]:
    """Return up to `limit` templates older than `before`, newest first.

    If `search` is given, each of its words must begin a word of the template's name or content.
    """
    query = (
        select(*_COLUMNS)
        .where(templates.c.org_id == org_id, templates.c.deleted_at.is_(None))
        .order_by(templates.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(templates.c.id < before)
    if search.strip():
        query = query.where(begin_with(words_of(templates.c.name, templates.c.content), search))
    return [Template(*row) for row in await connection.execute(query)]


async def find(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> Template | None:
    """Return a template, or None if the organisation has none with this id."""
    query = select(*_COLUMNS).where(_is(org_id, template_id))
    row = (await connection.execute(query)).first()
    return Template(*row) if row else None


async def names_of(
    connection: AsyncConnection, org_id: UUID, template_ids: Collection[UUID]
) -> Mapping[UUID, str]:
    """Return the names of those templates that the organisation has."""
    query = select(templates.c.id, templates.c.name).where(
        templates.c.org_id == org_id,
        templates.c.id.in_(template_ids),
        templates.c.deleted_at.is_(None),
    )
    return {row.id: row.name for row in await connection.execute(query)}


async def mark_used(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> None:
    """Store that a template is used now.

    This is stored at most once a minute, so that many messages from one template don't wait for
    each other.
    """
    long_ago = templates.c.last_used_at < func.now() - timedelta(minutes=1)
    await connection.execute(
        update(templates)
        .where(_is(org_id, template_id), or_(templates.c.last_used_at.is_(None), long_ago))
        .values(last_used_at=func.now())
    )


async def content_of(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> str | None:
    """Return the text of a template, or None if the organisation has no such template.

    The template is locked until the transaction ends.
    """
    content: str | None = await connection.scalar(
        select(templates.c.content).where(_is(org_id, template_id)).with_for_update(read=True)
    )
    return content


async def lock(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> bool:
    """Keep campaigns from starting with this template until the transaction ends.

    Returns False if the organisation has none with this id.
    """
    query = select(templates.c.id).where(_is(org_id, template_id)).with_for_update()
    return (await connection.execute(query)).first() is not None


async def change(
    connection: AsyncConnection, org_id: UUID, template_id: UUID, changes: Mapping[str, object]
) -> Template:
    """Set the columns `changes` of a template that exists.

    Raises:
        Conflict: Another template has the new name.
    """
    statement = (
        update(templates)
        .where(_is(org_id, template_id))
        .values(updated_at=func.now() if changes else templates.c.updated_at, **changes)
        .returning(*_COLUMNS)
    )
    try:
        return Template(*(await connection.execute(statement)).one())
    except IntegrityError as error:
        raise _name_taken(error) from error


async def delete(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> None:
    """Soft-delete a template."""
    await connection.execute(
        update(templates)
        .where(_is(org_id, template_id))
        .values(deleted_at=func.now(), updated_at=func.now())
    )


async def not_found(database: Database, org_id: UUID, template_id: UUID) -> Exception:
    """Return the error for a template that the organisation doesn't have."""
    elsewhere = and_(templates.c.id == template_id, templates.c.org_id != org_id)
    return await database.not_found(templates, elsewhere, "template")


def _is(org_id: UUID, template_id: UUID) -> ColumnElement[bool]:
    return and_(
        templates.c.id == template_id,
        templates.c.org_id == org_id,
        templates.c.deleted_at.is_(None),
    )


def _name_taken(error: IntegrityError) -> Exception:
    if violated(error) == "uq_sms_templates_org_id_name":
        return Conflict("Another template has this name. Choose another name.", "name_taken")
    return error
