"""A2P campaigns (registrations with the US carriers), at most one for each messaging service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Select, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.hints import Hint, Topic, note
from servicekit.ids import new_id
from services.messaging.common.storage.tables import twilio_messaging_services as services
from services.messaging.common.storage.tables import twilio_numbers as numbers
from services.messaging.registration.domain.reviews import Reason, ReviewDecision
from services.messaging.registration.storage.a2p_brands import as_json, as_reasons
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


@dataclass(frozen=True, slots=True)
class A2pCampaign:
    """An A2P campaign of a messaging service.

    Attributes:
        campaign_sid: Twilio's id. None before Twilio accepts the campaign, or if Twilio refused it.
        payload: The submitted details. The keys are the names of the contract's fields.
        rejection_reasons: Why the A2P campaign was rejected.
        decided_at: When Twilio made the decision that ``status`` is based on.
        linked: Whether its messaging service sends messages under it.
        legal_name: The legal name of the organisation's brand.
    """

    id: UUID
    org_id: UUID
    brand_sid: str
    messaging_service_sid: str
    campaign_sid: str | None
    status: str
    use_case: str
    payload: Mapping[str, Any]
    rejection_reasons: Sequence[Reason]
    submitted_at: datetime
    approved_at: datetime | None
    decided_at: datetime
    linked: bool
    legal_name: str

    @property
    def refused_at_once(self) -> bool:
        """Whether Twilio refused the campaign at once. Then it has no id to resubmit it by."""
        return self.status == "failed" and self.campaign_sid is None


async def of_org(connection: AsyncConnection, org_id: UUID) -> Sequence[A2pCampaign]:
    """Return the organisation's A2P campaigns, newest first."""
    rows = await connection.execute(
        _in_context().where(campaigns.c.org_id == org_id).order_by(campaigns.c.id.desc())
    )
    return [_campaign(row) for row in rows.mappings()]


async def of_service(connection: AsyncConnection, org_id: UUID, service_sid: str) -> A2pCampaign:
    """Return the A2P campaign of a messaging service, if there is one."""
    rows = await connection.execute(
        _in_context().where(
            campaigns.c.org_id == org_id, campaigns.c.messaging_service_sid == service_sid
        )
    )
    return _campaign(rows.mappings().one())


async def lock(connection: AsyncConnection, org_id: UUID, service_sid: str) -> A2pCampaign | None:
    """Return the A2P campaign of a messaging service, locked until the transaction ends."""
    rows = await connection.execute(
        _in_context()
        .where(campaigns.c.org_id == org_id, campaigns.c.messaging_service_sid == service_sid)
        .with_for_update(of=campaigns)
    )
    row = rows.mappings().first()
    return _campaign(row) if row else None


async def find_by_sid(connection: AsyncConnection, org_id: UUID, sid: str) -> A2pCampaign | None:
    """Return the organisation's A2P campaign with Twilio's id ``sid``, if there is one."""
    rows = await connection.execute(
        _in_context().where(campaigns.c.org_id == org_id, campaigns.c.campaign_sid == sid)
    )
    row = rows.mappings().first()
    return _campaign(row) if row else None


async def submit(
    connection: AsyncConnection,
    org_id: UUID,
    brand_sid: str,
    service_sid: str,
    payload: Mapping[str, Any],
) -> bool:
    """Store an A2P campaign to be registered. Returns False if its service already has one."""
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
    """Restart the submission of a rejected A2P campaign. Returns False if it is not rejected.

    Twilio's id is kept until the campaign is deleted at Twilio.
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
    """Store that a rejected A2P campaign was deleted at Twilio."""
    await connection.execute(
        update(campaigns)
        .where(campaigns.c.org_id == org_id, campaigns.c.messaging_service_sid == service_sid)
        .values(campaign_sid=None)
    )


async def submitted(
    connection: AsyncConnection, org_id: UUID, service_sid: str, campaign_sid: str
) -> None:
    """Store that Twilio reviews the A2P campaign. A linked messaging service stays linked."""
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
    note(connection, Hint(org_id, Topic.REGISTRATION))


async def link(
    connection: AsyncConnection, org_id: UUID, service_sid: str, campaign_sid: str
) -> None:
    """Link a messaging service to an A2P campaign."""
    await connection.execute(
        update(services)
        .where(services.c.org_id == org_id, services.c.sid == service_sid)
        .values(campaign_sid=campaign_sid)
    )


async def decide(
    connection: AsyncConnection, org_id: UUID, service_sid: str, decision: ReviewDecision
) -> None:
    """Store Twilio's decision on the A2P campaign."""
    approved_at = func.coalesce(campaigns.c.approved_at, decision.decided_at)
    approved = {"approved_at": approved_at} if decision.status == "approved" else {}
    await connection.execute(
        update(campaigns)
        .where(campaigns.c.org_id == org_id, campaigns.c.messaging_service_sid == service_sid)
        .values(
            status=decision.status,
            told_at=decision.decided_at,
            reasons=as_json(decision.reasons),
            next_step_at=func.now() + text("interval '1 day'"),
            **approved,
        )
    )
    note(connection, Hint(org_id, Topic.REGISTRATION))


async def claim_due(connection: AsyncConnection, limit: int) -> Sequence[tuple[UUID, str]]:
    """Claim the A2P campaigns, of all organisations, whose next step is due.

    Returns the organisation and the messaging service of each campaign.
    """
    rows = await connection.execute(_CLAIM, {"limit": limit})
    return [(row.org_id, row.messaging_service_sid) for row in rows]


async def is_approved(connection: AsyncConnection, org_id: UUID) -> bool:
    """Whether the organisation's messaging service is linked to an approved A2P campaign."""
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
    """Return the phone numbers that the organisation sends from, each with its country."""
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


async def not_found(database: Database, org_id: UUID, sid: str) -> Exception:
    """Return the error for an A2P campaign that the organisation does not own."""
    elsewhere = (campaigns.c.campaign_sid == sid) & (campaigns.c.org_id != org_id)
    return await database.not_found(campaigns, elsewhere, "a2p campaign")


def _campaign(row: RowMapping) -> A2pCampaign:
    return A2pCampaign(
        id=row["id"],
        org_id=row["org_id"],
        brand_sid=row["brand_sid"],
        messaging_service_sid=row["messaging_service_sid"],
        campaign_sid=row["campaign_sid"],
        status=row["status"],
        use_case=row["use_case"],
        payload=row["payload"],
        rejection_reasons=as_reasons(row["reasons"]),
        submitted_at=row["submitted_at"],
        approved_at=row["approved_at"],
        decided_at=row["told_at"],
        linked=row["linked"],
        legal_name=row["legal_name"],
    )
