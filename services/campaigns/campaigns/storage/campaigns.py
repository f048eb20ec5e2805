"""Read, write and delete campaigns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    and_,
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
from services.campaigns.campaigns.storage.rows import COLUMNS, Campaign, campaign_of
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.common.domain.in_use import NAMED

_COPIED = (
    campaigns.c.org_id,
    campaigns.c.message,
    campaigns.c.media_urls,
    campaigns.c.template_id,
    campaigns.c.list_id,
    campaigns.c.pause_at_failure_rate,
    campaigns.c.metadata,
)
_COPY_PREFIX = "Copy of "

NAME_LENGTH = 100
"""Maximum characters of a campaign's name."""

NOT_AN_EVENT_MESSAGE = campaigns.c.notification_type.is_(None)
"""SQL condition for campaigns that are not event messages."""

UNLEASED = or_(campaigns.c.lease_until.is_(None), campaigns.c.lease_until < func.now())
"""SQL condition for campaigns that no planner has leased."""


async def add(
    connection: AsyncConnection,
    org_id: UUID,
    user_id: UUID,
    draft: Draft,
    confirmed: Mapping[str, object],
) -> Campaign:
    """Store a campaign as scheduled if `draft` has a time, otherwise as a draft.

    `confirmed` are the values of the columns that scheduling sets.
    """
    statement = insert(campaigns).values(
        id=new_id(),
        org_id=org_id,
        name=draft.name,
        message=draft.message,
        media_urls=list(draft.media_urls),
        template_id=draft.template_id,
        list_id=draft.list_id,
        status="scheduled" if draft.schedule_at else "draft",
        schedule_at=draft.schedule_at,
        pause_at_failure_rate=draft.pause_at_failure_rate,
        reference=draft.reference,
        metadata=draft.metadata,
        created_by=user_id,
        confirmed_by=user_id if draft.schedule_at else None,
        confirmed_at=func.now() if draft.schedule_at else None,
        **confirmed,
    )
    return campaign_of((await connection.execute(statement.returning(*COLUMNS))).one())


async def copy(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, campaign_id: UUID
) -> Campaign | None:
    """Store a draft of `user_id` with the name, text, pictures, list and metadata of a campaign.

    Returns None for a retry, and when the organisation has no campaign with this id.
    """
    name = func.left(_COPY_PREFIX + campaigns.c.name, NAME_LENGTH)
    original = select(literal(new_id()), name, literal("draft"), literal(user_id), *_COPIED).where(
        is_campaign(org_id, campaign_id), campaigns.c.retry_of.is_(None)
    )
    statement = insert(campaigns).from_select(
        ["id", "name", "status", "created_by", *(column.name for column in _COPIED)], original
    )
    row = (await connection.execute(statement.returning(*COLUMNS))).first()
    return campaign_of(row) if row else None


async def find(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    lock: bool = False,
    event_id: UUID | None = None,
) -> Campaign | None:
    """Return a campaign or, if `event_id` is given, a message of this event.

    If `lock` is set, nobody can change the campaign until the transaction ends. Returns None when
    the organisation has no campaign with this id.
    """
    query = select(*COLUMNS).where(is_campaign(org_id, campaign_id, event_id))
    if lock:
        query = query.with_for_update()
    row = (await connection.execute(query)).first()
    return campaign_of(row) if row else None


_IS_DUE = and_(
    campaigns.c.status == "scheduled",
    campaigns.c.schedule_at <= func.now(),
    campaigns.c.deleted_at.is_(None),
)
_NOT_LEFT_ALONE = text("""NOT EXISTS (
  SELECT FROM left_alone WHERE job = 'start-due' AND item = sms_campaigns.id::text
)""")
HAS_DUE = exists().where(_IS_DUE)
"""SQL condition: the time of a scheduled campaign has come."""


@dataclass(frozen=True, slots=True)
class Due:
    """A scheduled campaign whose time has come.

    `change` is the sequence number of the last change that messaging must know.
    """

    org_id: UUID
    id: UUID
    change: int


async def due(connection: AsyncConnection, limit: int) -> Sequence[Due]:
    """Return up to `limit` scheduled campaigns, of all organisations, that should start now."""
    query = (
        select(campaigns.c.org_id, campaigns.c.id, campaigns.c.hold_change)
        .where(_IS_DUE, _NOT_LEFT_ALONE)
        .order_by(campaigns.c.schedule_at)
        .limit(limit)
    )
    return [Due(*row) for row in await connection.execute(query)]


async def lock_due(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> Campaign | None:
    """Lock a campaign that is due until the transaction ends.

    Returns None when it is no longer due, or when another transaction has locked it.
    """
    query = select(*COLUMNS).where(is_campaign(org_id, campaign_id), _IS_DUE)
    row = (await connection.execute(query.with_for_update(skip_locked=True))).first()
    return campaign_of(row) if row else None


@dataclass(frozen=True, slots=True)
class Blocked:
    """A campaign or event message that paused because its organisation can't send."""

    org_id: UUID
    id: UUID
    event_id: UUID | None


async def blocked(connection: AsyncConnection, reason: str) -> Sequence[Blocked]:
    """Return the campaigns of all organisations that paused for `reason`."""
    query = select(campaigns.c.org_id, campaigns.c.id, campaigns.c.event_id).where(
        campaigns.c.status == "paused",
        campaigns.c.status_reason == reason,
        campaigns.c.deleted_at.is_(None),
    )
    return [Blocked(*row) for row in await connection.execute(query)]


async def delete(connection: AsyncConnection, org_id: UUID, campaign_id: UUID) -> bool:
    """Soft-delete a campaign. Returns False when its status doesn't allow it.

    A planner that has leased the campaign loses the lease. Messaging refunds messages that the
    planner submits at this moment.
    """
    result = await connection.execute(
        update(campaigns)
        .where(is_campaign(org_id, campaign_id), campaigns.c.status.in_(DELETABLE))
        .values(
            deleted_at=func.now(),
            updated_at=func.now(),
            lease_token=None,
            lease_until=None,
            **holds.withdrawn(campaigns.c.status.in_(MAY_HAVE_MORE)),
        )
    )
    return result.rowcount == 1


async def any_with_template(
    connection: AsyncConnection, org_id: UUID, template_id: UUID, status: Status
) -> bool:
    """Return whether a campaign with this template has the status `status`."""
    found = exists().where(
        campaigns.c.org_id == org_id,
        campaigns.c.template_id == template_id,
        campaigns.c.status == status,
        campaigns.c.deleted_at.is_(None),
    )
    return bool(await connection.scalar(select(found)))


async def names_with_list(
    connection: AsyncConnection, org_id: UUID, list_id: UUID
) -> tuple[Sequence[str], int]:
    """Return the names of the unfinished campaigns that need a list, and how many there are.

    Returns up to `NAMED` names, like `names_with_template`.
    """
    need = and_(
        campaigns.c.list_id == list_id, campaigns.c.status.in_(["scheduled", "running", "paused"])
    )
    return await _names(connection, org_id, need)


async def names_with_template(
    connection: AsyncConnection, org_id: UUID, template_id: UUID
) -> tuple[Sequence[str], int]:
    """Return the names of the scheduled and running campaigns that need a template.

    Returns up to `NAMED` names, the earliest campaigns first, and how many campaigns there are.
    """
    need = and_(
        campaigns.c.template_id == template_id, campaigns.c.status.in_(["scheduled", "running"])
    )
    return await _names(connection, org_id, need)


async def _names(
    connection: AsyncConnection, org_id: UUID, need: ColumnElement[bool]
) -> tuple[Sequence[str], int]:
    query = (
        select(campaigns.c.name, func.count().over().label("total"))
        .where(campaigns.c.org_id == org_id, need, campaigns.c.deleted_at.is_(None))
        .order_by(campaigns.c.id)
        .limit(NAMED)
    )
    rows = (await connection.execute(query)).all()
    return [row.name for row in rows], rows[0].total if rows else 0


async def not_found(
    database: Database, org_id: UUID, campaign_id: UUID, name: str = "campaign"
) -> Exception:
    """Return the error for a campaign that the organisation doesn't have.

    `name` is the word that users see, for example "notification" for an event message.
    """
    elsewhere = and_(campaigns.c.id == campaign_id, campaigns.c.org_id != org_id)
    return await database.not_found(campaigns, elsewhere, name)


def is_campaign(
    org_id: UUID, campaign_id: UUID, event_id: UUID | None = None
) -> ColumnElement[bool]:
    """Return the SQL condition for a campaign that is not deleted.

    With `event_id`, it is the condition for a message of that event. Otherwise no event message
    matches, because a user who may see campaigns may have no access to the event.
    """
    kind = NOT_AN_EVENT_MESSAGE if event_id is None else campaigns.c.event_id == event_id
    return and_(
        campaigns.c.id == campaign_id,
        campaigns.c.org_id == org_id,
        campaigns.c.deleted_at.is_(None),
        kind,
    )
