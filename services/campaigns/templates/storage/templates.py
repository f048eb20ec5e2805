"""Templates."""

import re
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, RowMapping, and_, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database, violated
from servicekit.errors import Conflict
from servicekit.ids import new_id
from services.campaigns.common.storage.tables import sms_templates as templates

_COLUMNS = (
    templates.c.id,
    templates.c.name,
    templates.c.content,
    templates.c.created_by,
    templates.c.created_at,
)
_WORD = re.compile(r"[^\W_]+")


async def add(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, name: str, content: str
) -> RowMapping:
    """Store a template. Raises ``Conflict`` where another has its name."""
    statement = (
        insert(templates)
        .values(id=new_id(), org_id=org_id, name=name, content=content, created_by=user_id)
        .returning(*_COLUMNS)
    )
    try:
        return (await connection.execute(statement)).mappings().one()
    except IntegrityError as error:
        raise _name_taken(error) from error


async def page(
    connection: AsyncConnection, org_id: UUID, search: str, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` templates of the organisation, newest first, older than ``before``.

    With ``search``, those that have words beginning with each of its words in name or content.
    The organisation's templates are walked for it: the word index that one would expect here can
    not be used under row-level security, and an organisation has few.
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
        prefixes = " & ".join(f"{word}:*" for word in _WORD.findall(search))
        query = query.where(templates.c.words.op("@@")(func.to_tsquery("simple", prefixes)))
    return (await connection.execute(query)).mappings().all()


async def find(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> RowMapping | None:
    """A template; None where the organisation has none with this id."""
    query = select(*_COLUMNS).where(_is(org_id, template_id))
    return (await connection.execute(query)).mappings().first()


async def content_of(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> str | None:
    """A template's text, which nobody changes until this transaction ends; None as ``find``."""
    content: str | None = await connection.scalar(
        select(templates.c.content).where(_is(org_id, template_id)).with_for_update(read=True)
    )
    return content


async def lock(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> bool:
    """Let nobody start a campaign with this template until this transaction ends.

    False where the organisation has none with this id.
    """
    query = select(templates.c.id).where(_is(org_id, template_id)).with_for_update()
    return (await connection.execute(query)).first() is not None


async def change(
    connection: AsyncConnection, org_id: UUID, template_id: UUID, changes: Mapping[str, object]
) -> RowMapping:
    """Set the columns ``changes`` of a template that is there.

    Raises ``Conflict`` where another has its name.
    """
    statement = (
        update(templates)
        .where(_is(org_id, template_id))
        .values(updated_at=func.now(), **changes)
        .returning(*_COLUMNS)
    )
    try:
        return (await connection.execute(statement)).mappings().one()
    except IntegrityError as error:
        raise _name_taken(error) from error


async def delete(connection: AsyncConnection, org_id: UUID, template_id: UUID) -> None:
    """Soft-delete a template."""
    await connection.execute(
        update(templates)
        .where(_is(org_id, template_id))
        .values(deleted_at=func.now(), updated_at=func.now())
    )


async def get(database: Database, org_id: UUID, template_id: UUID) -> RowMapping:
    """A template. Raises ``CrossOrgAccess`` or ``NotFound``."""
    async with database.org(org_id) as connection:
        row = await find(connection, org_id, template_id)
    if row is None:
        raise await absence(database, org_id, template_id)
    return row


async def absence(database: Database, org_id: UUID, template_id: UUID) -> Exception:
    """The error for a template that the organisation does not have (any more)."""
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
        return Conflict("Another template has this name.", "name_taken")
    return error
