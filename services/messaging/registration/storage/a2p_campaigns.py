"""Campaigns in the sense of the carriers: one at the most for each messaging service."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from services.messaging.common.storage.tables import twilio_messaging_services as services
from services.messaging.common.storage.tables import twilio_numbers as numbers
from services.messaging.registration.domain.reviews import Word
from services.messaging.registration.storage.a2p_brands import as_json
from services.messaging.registration.storage.a2p_tables import a2p_brand as brands
from services.messaging.registration.storage.a2p_tables import a2p_campaign as campaigns

_CLAIM = text("""
UPDATE a2p_campaign AS campaign SET next_step_at = now() + CASE WHEN status = 'submitting'
  THEN interval '1 minute' WHEN status = 'pending' THEN interval '5 minutes'
  ELSE interval '1 day' END
FROM (
  SELECT id FROM a2p_campaign WHERE next_step_at <= now()
  ORDER BY next_step_at LIMIT :limit FOR UPDATE SKIP LOCKED
) AS due
WHERE campaign.id = due.id
RETURNING campaign.org_id, campaign.messaging_service_sid
""")


async def of_org(connection: AsyncConnection, org_id: UUID) -> Sequence[RowMapping]:
    """The organisation's campaigns, newest first, each as :func:`of_service` has it."""
    rows = await connection.execute(
        _in_context().where(campaigns.c.org_id == org_id).order_by(campaigns.c.id.desc())
    )
    found: Sequence[RowMapping] = rows.mappings().all()
    return found


async def of_service(connection: AsyncConnection, org_id: UUID, service_sid: str) -> RowMapping:
    """The campaign of a messaging service.

    With it: whether it is ``linked``, and the ``legal_name`` of the organisation's brand.
    """
    rows = await connection.execute(
        _in_context().where(
            campaigns.c.org_id == org_id, campaigns.c.messaging_service_sid == service_sid
        )
    )
    row: RowMapping = rows.mappings().one()
    return row


async def lock(connection: AsyncConnection, org_id: UUID, service_sid: str) -> RowMapping | None:
    """The campaign of a messaging service, locked until the transaction ends."""
    rows = await connection.execute(
        select(campaigns)
        .where(campaigns.c.org_id == org_id, campaigns.c.messaging_service_sid == service_sid)
        .with_for_update()
    )
    return rows.mappings().first()


async def find_by_sid(connection: AsyncConnection, org_id: UUID, sid: str) -> RowMapping | None:
    """The organisation's campaign with Twilio's id ``sid``, as :func:`of_service` has it."""
    rows = await connection.execute(
        _in_context().where(campaigns.c.org_id == org_id, campaigns.c.campaign_sid == sid)
    )
    row: RowMapping | None = rows.mappings().first()
    return row


async def submit(
    connection: AsyncConnection,
    org_id: UUID,
    brand_sid: str,
    service_sid: str,
    payload: Mapping[str, Any],
) -> bool:
    """Note that a campaign is to be registered; False where the service has one already."""
    added = await connection.scalar(
        insert(campaigns)
        .values(
            id=new_id(),
            org_id=org_id,
            brand_sid=brand_sid,
            messaging_service_sid=service_sid,
            status="submitting",
            use_case=payload["use_case"].lower(),
            payload=dict(payload),
        )
        .on_conflict_do_nothing()
        .returning(campaigns.c.id)
    )
    return added is not None


async def resubmit(
    connection: AsyncConnection, org_id: UUID, service_sid: str, payload: Mapping[str, Any]
) -> bool:
    """Begin the submission of a rejected campaign anew; False where it is not rejected (any more).

    Twilio's id stays until it is deleted there.
    """
    result = await connection.execute(
        update(campaigns)
        .where(
            campaigns.c.org_id == org_id,
            campaigns.c.messaging_service_sid == service_sid,
            campaigns.c.status == "failed",
        )
        .values(
            status="submitting",
            use_case=payload["use_case"].lower(),
            payload=dict(payload),
            reasons=[],
            submitted_at=func.now(),
            told_at=func.now(),
            next_step_at=func.now(),
        )
    )
    return result.rowcount == 1


async def withdrawn(connection: AsyncConnection, org_id: UUID, service_sid: str) -> None:
    """Note that Twilio has the rejected campaign no more."""
    await connection.execute(
        update(campaigns)
        .where(campaigns.c.org_id == org_id, campaigns.c.messaging_service_sid == service_sid)
        .values(campaign_sid=None)
    )


async def submitted(
    connection: AsyncConnection, org_id: UUID, service_sid: str, campaign_sid: str
) -> None:
    """Note that Twilio has the campaign and reviews it. A service that was linked stays so."""
    await connection.execute(
        update(campaigns)
        .where(
            campaigns.c.org_id == org_id,
            campaigns.c.messaging_service_sid == service_sid,
            campaigns.c.status == "submitting",
        )
        .values(status="pending", campaign_sid=campaign_sid, next_step_at=func.now())
    )
    await connection.execute(
        update(services)
        .where(
            services.c.org_id == org_id,
            services.c.sid == service_sid,
            services.c.campaign_sid.is_not(None),
        )
        .values(campaign_sid=campaign_sid)
    )


async def link(
    connection: AsyncConnection, org_id: UUID, service_sid: str, campaign_sid: str
) -> None:
    """Note that a messaging service sends under a campaign."""
    await connection.execute(
        update(services)
        .where(services.c.org_id == org_id, services.c.sid == service_sid)
        .values(campaign_sid=campaign_sid)
    )


async def decide(connection: AsyncConnection, org_id: UUID, service_sid: str, word: Word) -> None:
    """Note what Twilio says of the campaign."""
    approved_at = func.coalesce(campaigns.c.approved_at, word.said_at)
    approved = {"approved_at": approved_at} if word.status == "approved" else {}
    await connection.execute(
        update(campaigns)
        .where(campaigns.c.org_id == org_id, campaigns.c.messaging_service_sid == service_sid)
        .values(
            status=word.status,
            told_at=word.said_at,
            reasons=as_json(word.reasons),
            next_step_at=func.now() + text("interval '1 day'"),
            **approved,
        )
    )


async def claim_due(connection: AsyncConnection, limit: int) -> Sequence[tuple[UUID, str]]:
    """Organisations, of all, and messaging services whose campaign's next step is due."""
    rows = await connection.execute(_CLAIM, {"limit": limit})
    return [(row.org_id, row.messaging_service_sid) for row in rows]


async def is_approved(connection: AsyncConnection, org_id: UUID) -> bool:
    """Whether the organisation's messaging service is linked to an approved campaign."""
    found = await connection.scalar(
        select(campaigns.c.id)
        .join(
            services,
            (services.c.org_id == campaigns.c.org_id)
            & (services.c.campaign_sid == campaigns.c.campaign_sid)
            & (services.c.sid == campaigns.c.messaging_service_sid),
        )
        .where(campaigns.c.org_id == org_id, campaigns.c.status == "approved")
    )
    return found is not None


async def senders(connection: AsyncConnection, org_id: UUID) -> Sequence[tuple[str, str]]:
    """The numbers that the organisation sends from, each with its country."""
    rows = await connection.execute(
        select(numbers.c.phone_number, numbers.c.country)
        .join(
            services,
            (services.c.org_id == numbers.c.org_id)
            & (services.c.sid == numbers.c.messaging_service_sid),
        )
        .where(numbers.c.org_id == org_id, numbers.c.released_at.is_(None))
    )
    return [(row.phone_number, row.country) for row in rows]


def _in_context() -> Select[tuple[Any, ...]]:
    legal_name = brands.c.payload["legal_name"].astext
    linked = func.coalesce(services.c.campaign_sid == campaigns.c.campaign_sid, False)
    of_service = (services.c.sid == campaigns.c.messaging_service_sid) & (
        services.c.org_id == campaigns.c.org_id
    )
    return (
        select(campaigns, linked.label("linked"), legal_name.label("legal_name"))
        .join(brands, brands.c.org_id == campaigns.c.org_id)
        .outerjoin(services, of_service)
    )
