"""Read pages of the ledger's transactions."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, get_args
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import first_id_at
from services.billing.domain.ledger import Source
from services.billing.domain.transaction_filter import TransactionFilter
from services.billing.storage.rows import Transaction
from services.billing.storage.tables import billing_transactions as transactions
from services.billing.storage.tables import campaign_names, topups

# Ids begin with the time of a process, whose clock may differ from the database's.
_CLOCKS_DIFFER = timedelta(hours=1)
_CHARGES_OF_MESSAGES = and_(transactions.c.source == "sms", transactions.c.type == "debit")
_OF_ORGANISATION = transactions.c.user_id == transactions.c.org_id

_COLUMNS: Sequence[ColumnElement[Any]] = (
    transactions.c.id,
    func.nullif(transactions.c.user_id, transactions.c.org_id),
    case((_OF_ORGANISATION, "organisation"), else_="member"),
    transactions.c.type,
    transactions.c.amount_cents,
    transactions.c.source,
    transactions.c.external_id,
    transactions.c.description,
    topups.c.receipt_url,
    transactions.c.created_at,
    transactions.c.by_user_id,
    transactions.c.campaign_id,
    campaign_names.c.name,
    transactions.c.balance_after_cents,
    campaign_names.c.event_id,
)


async def page(
    connection: AsyncConnection,
    org_id: UUID,
    wanted: TransactionFilter,
    limit: int,
    before: UUID | None,
) -> Sequence[Transaction]:
    """Load up to ``limit`` transactions of the organisation, newest first.

    Only transactions that are older than ``before`` are loaded.
    """
    query = (
        select(*_COLUMNS)
        .outerjoin(topups, topups.c.id == transactions.c.topup_id)
        .outerjoin(campaign_names, campaign_names.c.campaign_id == transactions.c.campaign_id)
        .where(transactions.c.org_id == org_id, *_conditions(org_id, wanted))
        .order_by(transactions.c.id.desc())
        .limit(limit)
    )
    if before:
        query = query.where(transactions.c.id < before)
    return [Transaction(*row) for row in await connection.execute(query)]


def _conditions(org_id: UUID, wanted: TransactionFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.type is not None:
        yield transactions.c.type == wanted.type
    if wanted.source is not None:
        yield transactions.c.source == wanted.source
    if wanted.type == "credit" or wanted.source not in (None, "sms"):
        yield not_(_CHARGES_OF_MESSAGES)  # redundant, but lets Postgres use the index of rare rows
    if wanted.user_id is not None:
        yield transactions.c.user_id == wanted.user_id
    if wanted.payer == "organisation":
        yield transactions.c.user_id == org_id
    elif wanted.payer == "member":
        yield transactions.c.user_id != org_id
    if wanted.campaign_id is not None:
        yield transactions.c.campaign_id == wanted.campaign_id
    if wanted.external_id is not None:
        # The unique index begins with the source.
        yield transactions.c.source.in_(get_args(Source))
        yield transactions.c.external_id == wanted.external_id
    yield from _in_time(wanted)


def _in_time(wanted: TransactionFilter) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of the time range.

    The ids are limited too: they begin with their time, and the index is sorted by id.
    """
    if wanted.since is not None:
        yield transactions.c.created_at >= wanted.since
        yield transactions.c.id >= first_id_at(wanted.since - _CLOCKS_DIFFER)
    if wanted.until is not None:
        yield transactions.c.created_at < wanted.until
        yield transactions.c.id < first_id_at(wanted.until + _CLOCKS_DIFFER)
