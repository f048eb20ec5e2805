"""Read pages of an organisation's campaigns, and the data that belongs to their rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import first_id_at
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.campaigns.storage.campaigns import NOT_AN_EVENT_MESSAGE
from services.campaigns.campaigns.storage.rows import COLUMNS, Campaign, campaign_of
from services.campaigns.campaigns.storage.tables import sms_campaigns as campaigns
from services.campaigns.common.storage.words import begin_with, words_of

Sort: TypeAlias = Literal["newest", "oldest", "name"]

_SORT_NAME = func.lower(campaigns.c.name)
_WORDS = words_of(campaigns.c.name, func.coalesce(campaigns.c.body, campaigns.c.message))


@dataclass(frozen=True, slots=True)
class CampaignFilter:
    """The campaigns to list. A field that is None or empty doesn't limit them.

    `from_time` is included, `to_time` is not. Both limit the time of creation.
    """

    statuses: Sequence[Status] = ()
    search: str = ""
    created_by: UUID | None = None
    template_id: UUID | None = None
    reference: str | None = None
    from_time: datetime | None = None
    to_time: datetime | None = None
    sort: Sort = "newest"


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: CampaignFilter,
    limit: int,
    last: UUID | None,
) -> Sequence[Campaign]:
    """Return up to `limit` campaigns that follow the campaign `last`, None for the first page."""
    query = select(*COLUMNS).where(campaigns.c.org_id == org_id, *_conditions(wanted)).limit(limit)
    query = _sorted(query, org_id, wanted.sort, last)
    return [campaign_of(row) for row in await connection.execute(query)]


async def retries_of(
    connection: AsyncConnection, org_id: UUID, originals: Sequence[Campaign]
) -> Mapping[UUID, Sequence[UUID]]:
    """Return the retries of campaigns by the id of the campaign that they retry, newest first."""
    query = (
        select(campaigns.c.retry_of, campaigns.c.id)
        .where(
            campaigns.c.org_id == org_id,
            campaigns.c.retry_root.in_([each.retry_root or each.id for each in originals]),
            campaigns.c.deleted_at.is_(None),
        )
        .order_by(campaigns.c.id.desc())
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for original, retry in await connection.execute(query):
        found[original].append(retry)
    return found


def _conditions(wanted: CampaignFilter) -> Sequence[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [
        campaigns.c.deleted_at.is_(None),
        NOT_AN_EVENT_MESSAGE,
    ]
    if wanted.statuses:
        conditions.append(campaigns.c.status.in_(wanted.statuses))
    if wanted.search.strip():
        conditions.append(begin_with(_WORDS, wanted.search))
    if wanted.created_by:
        conditions.append(campaigns.c.created_by == wanted.created_by)
    if wanted.template_id:
        conditions.append(campaigns.c.template_id == wanted.template_id)
    if wanted.reference:
        conditions.append(campaigns.c.reference == wanted.reference)
    # Ids begin with the time of creation, so the index for sorting also serves the time filter.
    if wanted.from_time:
        conditions.append(campaigns.c.id >= first_id_at(wanted.from_time))
    if wanted.to_time:
        conditions.append(campaigns.c.id < first_id_at(wanted.to_time))
    return conditions


def _sorted(query: Select[Any], org_id: UUID, sort: Sort, last: UUID | None) -> Select[Any]:
    if sort == "newest":
        query = query.where(campaigns.c.id < last) if last else query
        return query.order_by(campaigns.c.id.desc())
    if sort == "oldest":
        query = query.where(campaigns.c.id > last) if last else query
        return query.order_by(campaigns.c.id)
    if last:
        other = campaigns.alias()
        name = select(func.lower(other.c.name)).where(other.c.org_id == org_id, other.c.id == last)
        position = tuple_(name.scalar_subquery(), literal(last))
        query = query.where(tuple_(_SORT_NAME, campaigns.c.id) > position)
    return query.order_by(_SORT_NAME, campaigns.c.id)
