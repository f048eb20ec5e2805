"""Campaigns: written, read and deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    and_,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.drafts import Draft
from services.campaigns.campaigns.domain.states import DELETABLE, MAY_HAVE_MORE, Status
from services.campaigns.campaigns.storage import holds
from services.campaigns.common.storage.tables import campaign_waiting as waiting
from services.campaigns.common.storage.tables import sms_campaigns as campaigns

_WAITING_UNTIL = case(
    (
        campaigns.c.status.in_(("running", "paused")),
        select(func.min(waiting.c.opens_at))
        .where(waiting.c.org_id == campaigns.c.org_id, waiting.c.campaign_id == campaigns.c.id)
        .correlate(campaigns)
        .scalar_subquery(),
    )
)

COLUMNS = (
    campaigns.c.id,
    campaigns.c.org_id,
    campaigns.c.name,
    campaigns.c.message,
    campaigns.c.body,
    campaigns.c.template_id,
    campaigns.c.list_id,
    campaigns.c.status,
    campaigns.c.status_reason,
    campaigns.c.schedule_at,
    campaigns.c.created_by,
    campaigns.c.created_at,
    campaigns.c.started_at,
    campaigns.c.finished_at,
    campaigns.c.opted_out_count,
    campaigns.c.invalid_count,
    campaigns.c.retry_of,
    campaigns.c.retry_root,
    campaigns.c.retryable_only,
    campaigns.c.pause_at_failure_rate,
    campaigns.c.hold_change,
    *(
        campaigns.c[name]
        for name in (
            "event_id",
            "notification_type",
            "attendee_ids",
            "attendee_audience",
            "variables",
        )
    ),
    _WAITING_UNTIL.label("waiting_until"),
)
_COPIED = (
    campaigns.c.org_id,
    campaigns.c.message,
    campaigns.c.template_id,
    campaigns.c.list_id,
    campaigns.c.pause_at_failure_rate,
)
_COPY_PREFIX = "Copy of "

NAME_LENGTH = 100
"""Characters that a campaign's name has at the most."""

_IS_NO_NOTIFICATION = campaigns.c.notification_type.is_(None)

UNLEASED = or_(campaigns.c.lease_until.is_(None), campaigns.c.lease_until < func.now())
"""No planner is at work on it."""


async def add(
    connection: AsyncConnection,
    org_id: UUID,
    user_id: UUID,
    draft: Draft,
    confirmed: Mapping[str, object],
) -> RowMapping:
    """Store a campaign: scheduled where ``draft`` has a time, else a draft.

    ``confirmed``: the columns that scheduling it sets.
    """
    statement = insert(campaigns).values(
        id=new_id(),
        org_id=org_id,
        name=draft.name,
        message=draft.message,
        template_id=draft.template_id,
        list_id=draft.list_id,
        status="scheduled" if draft.schedule_at else "draft",
        schedule_at=draft.schedule_at,
        pause_at_failure_rate=draft.pause_at_failure_rate,
        created_by=user_id,
        confirmed_by=user_id if draft.schedule_at else None,
        confirmed_at=func.now() if draft.schedule_at else None,
        **confirmed,
    )
    return (await connection.execute(statement.returning(*COLUMNS))).mappings().one()


async def copy(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, campaign_id: UUID
) -> RowMapping | None:
    """Make a draft of ``user_id`` with the name, text and list of a campaign.

    None as ``find``, and for a retry.
    """
    name = func.left(_COPY_PREFIX + campaigns.c.name, NAME_LENGTH)
    original = select(literal(new_id()), name, literal("draft"), literal(user_id), *_COPIED).where(
        is_campaign(org_id, campaign_id), campaigns.c.retry_of.is_(None)
    )
    statement = insert(campaigns).from_select(
        ["id", "name", "status", "created_by", *(column.name for column in _COPIED)], original
    )
    return (await connection.execute(statement.returning(*COLUMNS))).mappings().first()


async def page(
    connection: AsyncConnection, org_id: UUID, status: str | None, limit: int, before: UUID | None
) -> Sequence[RowMapping]:
    """``limit`` campaigns of the organisation, newest first, older than ``before``.

    Those in ``status`` alone where that is given.
    """
    query = (
        select(*COLUMNS)
        .where(campaigns.c.org_id == org_id, campaigns.c.deleted_at.is_(None), _IS_NO_NOTIFICATION)
        .order_by(campaigns.c.id.desc())
        .limit(limit)
    )
    if status:
        query = query.where(campaigns.c.status == status)
    if before:
        query = query.where(campaigns.c.id < before)
    return (await connection.execute(query)).mappings().all()


async def find(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    lock: bool = False,
    event_id: UUID | None = None,
) -> RowMapping | None:
    """A campaign, or an event's notification; with ``lock`` unchanged until this transaction ends.

    None where the organisation has none with this id.
    """
    query = select(*COLUMNS).where(is_campaign(org_id, campaign_id, event_id))
    if lock:
        query = query.with_for_update()
    return (await connection.execute(query)).mappings().first()


_IS_DUE = and_(
    campaigns.c.status == "scheduled",
    campaigns.c.schedule_at <= func.now(),
    campaigns.c.deleted_at.is_(None),
)
_NOT_LEFT_ALONE = text("""NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'start-due' AND item = sms_campaigns.id::text
)""")


@dataclass(frozen=True, slots=True)
class Due:
    """A campaign whose time has come. ``change``: the last change that messaging is told of."""

    org_id: UUID
    id: UUID
    change: int


async def due(connection: AsyncConnection, limit: int) -> Sequence[Due]:
    """Scheduled campaigns of all organisations whose time has come."""
    query = (
        select(campaigns.c.org_id, campaigns.c.id, campaigns.c.hold_change)
        .where(_IS_DUE, _NOT_LEFT_ALONE)
        .order_by(campaigns.c.schedule_at)
        .limit(limit)
    )
    return [Due(*row) for row in await connection.execute(query)]


async def lock_due(
    connection: AsyncConnection, org_id: UUID, campaign_id: UUID
) -> RowMapping | None:
    """Such a campaign, locked for this transaction; None where it is due no longer.

    One that another transaction has locked is passed over.
    """
    query = select(*COLUMNS).where(is_campaign(org_id, campaign_id), _IS_DUE)
    rows = await connection.execute(query.with_for_update(skip_locked=True))
    return rows.mappings().first()


async def blocked(connection: AsyncConnection, reason: str) -> Sequence[RowMapping]:
    """Campaigns of all organisations that paused for ``reason``: org_id, id and event_id."""
    query = select(campaigns.c.org_id, campaigns.c.id, campaigns.c.event_id).where(
        campaigns.c.status == "paused",
        campaigns.c.status_reason == reason,
        campaigns.c.deleted_at.is_(None),
    )
    return (await connection.execute(query)).mappings().all()


async def delete(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> bool:
    """Soft-delete a campaign; False where its state does not allow it.

    A planner that has it in hand loses its lease. What it hands over at this moment is taken back.
    """
    result = await connection.execute(
        update(campaigns)
        .where(is_campaign(org_id, campaign_id), campaigns.c.status.in_(DELETABLE))
        .values(
            deleted_at=func.now(),
            updated_at=func.now(),
            lease_token=None,
            lease_until=None,
            **holds.taken_back(campaigns.c.status.in_(MAY_HAVE_MORE)),
        )
    )
    return result.rowcount == 1


async def any_with(
    connection: AsyncConnection, org_id: UUID, template_id: UUID, status: Status
) -> bool:
    """Whether a campaign with this template is in ``status``."""
    found = exists().where(
        campaigns.c.org_id == org_id,
        campaigns.c.template_id == template_id,
        campaigns.c.status == status,
        campaigns.c.deleted_at.is_(None),
    )
    return bool(await connection.scalar(select(found)))


async def get(
    database: Database, org_id: UUID, campaign_id: UUID, event_id: UUID | None = None
) -> RowMapping:
    """A campaign, or an event's notification. Raises ``CrossOrgAccess`` or ``NotFound``."""
    async with database.org(org_id) as connection:
        row = await find(connection, org_id, campaign_id, event_id=event_id)
    if row is None:
        raise await absence(database, org_id, campaign_id, "notification" if event_id else None)
    return row


async def absence(
    database: Database, org_id: UUID, campaign_id: UUID, called: str | None = None
) -> Exception:
    """The error for a campaign that the organisation does not have (any more).

    ``called`` is the word for it, where it is not a campaign for whoever asked.
    """
    elsewhere = and_(campaigns.c.id == campaign_id, campaigns.c.org_id != org_id)
    return await database.not_found(campaigns, elsewhere, called or "campaign")


def is_campaign(
    org_id: UUID, campaign_id: UUID, event_id: UUID | None = None
) -> ColumnElement[bool]:
    """The condition that names the campaign, unless it is deleted.

    With ``event_id`` it names a notification of the event, which is no campaign otherwise: whoever
    may see campaigns need not see the event.
    """
    kind = _IS_NO_NOTIFICATION if event_id is None else campaigns.c.event_id == event_id
    return and_(
        campaigns.c.id == campaign_id,
        campaigns.c.org_id == org_id,
        campaigns.c.deleted_at.is_(None),
        kind,
    )
