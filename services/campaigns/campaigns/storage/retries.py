"""Retries: campaigns for the recipients that another campaign didn't reach."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, insert, literal, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import violated
from servicekit.errors import Conflict
from servicekit.ids import new_id
from services.campaigns.campaigns.storage.campaigns import NAME_LENGTH, is_campaign
from services.campaigns.campaigns.storage.rows import COLUMNS, Campaign, campaign_of
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns

_PREFIX = "Retry of "
_FILLED = (
    "id",
    "name",
    "status",
    "created_by",
    "retryable_only",
    "org_id",
    "message",
    "media_urls",
    "list_id",
    "pause_at_failure_rate",
    "retry_of",
    "retry_root",
    "reference",
    "metadata",
)


async def add(
    connection: AsyncConnection,
    org_id: UUID,
    user_id: UUID,
    campaign_id: UUID,
    retryable_only: bool,
) -> Campaign:
    """Store a draft of `user_id` that retries a campaign with the text and pictures that were sent.

    Raises:
        Conflict: Another retry of the campaign is not finished.
    """
    original = select(
        literal(new_id()),
        func.left(_PREFIX + campaigns.c.name, NAME_LENGTH),
        literal("draft"),
        literal(user_id),
        literal(retryable_only),
        campaigns.c.org_id,
        campaigns.c.body,
        campaigns.c.media_urls,
        campaigns.c.list_id,
        campaigns.c.pause_at_failure_rate,
        campaigns.c.id,
        func.coalesce(campaigns.c.retry_root, campaigns.c.id),
        campaigns.c.reference,
        campaigns.c.metadata,
    ).where(is_campaign(org_id, campaign_id))
    statement = insert(campaigns).from_select(_FILLED, original).returning(*COLUMNS)
    try:
        return campaign_of((await connection.execute(statement)).one())
    except IntegrityError as error:
        raise _retry_open(error) from error


async def others(
    connection: AsyncConnection, org_id: UUID, root: UUID, excluded: UUID | None
) -> Sequence[UUID]:
    """Return the ids of all retries in the chain of the campaign `root`, except `excluded`.

    Deleted retries are included.
    """
    query = select(campaigns.c.id).where(
        campaigns.c.org_id == org_id, campaigns.c.retry_root == root
    )
    if excluded:
        query = query.where(campaigns.c.id != excluded)
    return (await connection.execute(query)).scalars().all()


def _retry_open(error: IntegrityError) -> Exception:
    if violated(error) == "uq_sms_campaigns_retry_open":
        return Conflict("Another retry of this campaign isn't finished yet.", "retry_open")
    return error
