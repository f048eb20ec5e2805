"""Brands, at most one for each organisation, with the state of submission and review."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.hints import Hint, Topic, note
from services.messaging.registration.domain.reviews import Reason, ReviewDecision
from services.messaging.registration.storage.a2p_tables import a2p_brand as brands

_CLAIM = text("""
UPDATE a2p_brand AS brand SET next_step_at = now() + CASE WHEN status = 'submitting'
  THEN interval '1 minute' WHEN status = 'pending' THEN interval '5 minutes'
  ELSE interval '1 day' END
FROM (
  SELECT org_id FROM a2p_brand WHERE next_step_at <= now()
  ORDER BY next_step_at LIMIT :limit FOR UPDATE SKIP LOCKED
) AS due
WHERE brand.org_id = due.org_id
RETURNING brand.org_id
""")


@dataclass(frozen=True, slots=True)
class Brand:
    """An organisation's brand.

    Attributes:
        payload: The submitted details. The keys are the names of the contract's fields.
        sids: Twilio's ids of the objects that finished steps created. The keys are our names.
        steps_done: How many steps of the submission are finished.
        rejection_reasons: Why the brand was rejected.
        decided_at: When Twilio made the decision that ``status`` is based on.
    """

    org_id: UUID
    brand_sid: str | None
    status: str
    payload: Mapping[str, Any]
    sids: Mapping[str, str]
    steps_done: int
    rejection_reasons: Sequence[Reason]
    identity_status: str | None
    submitted_at: datetime
    approved_at: datetime | None
    decided_at: datetime


async def find(connection: AsyncConnection, org_id: UUID) -> Brand | None:
    """Return the organisation's brand, if one was submitted."""
    rows = await connection.execute(select(brands).where(brands.c.org_id == org_id))
    return _brand(rows.mappings().first())


async def lock(connection: AsyncConnection, org_id: UUID) -> Brand | None:
    """Return the organisation's brand, locked until the transaction ends."""
    rows = await connection.execute(
        select(brands).where(brands.c.org_id == org_id).with_for_update()
    )
    return _brand(rows.mappings().first())


async def submit(connection: AsyncConnection, org_id: UUID, payload: Mapping[str, Any]) -> bool:
    """Store a brand to be registered. Returns False if the organisation already has a brand."""
    statement = insert(brands).values(org_id=org_id, status="submitting", payload=dict(payload))
    added = await connection.scalar(statement.on_conflict_do_nothing().returning(brands.c.org_id))
    return added is not None


async def resubmit(connection: AsyncConnection, org_id: UUID, payload: Mapping[str, Any]) -> None:
    """Restart the submission of a brand with other details. Twilio's ids are kept."""
    await connection.execute(
        update(brands)
        .where(brands.c.org_id == org_id)
        .values(
            status="submitting",
            payload=dict(payload),
            steps_done=0,
            reasons=[],
            submitted_at=func.now(),
            told_at=func.now(),
            next_step_at=func.now(),
        )
    )


async def step_done(
    connection: AsyncConnection, org_id: UUID, steps_done: int, sids: Mapping[str, str]
) -> None:
    """Store how many steps of the submission are finished, and the ids that Twilio returned."""
    await connection.execute(
        update(brands)
        .where(brands.c.org_id == org_id, brands.c.status == "submitting")
        .values(steps_done=steps_done, sids=dict(sids))
    )


async def submitted(connection: AsyncConnection, org_id: UUID, brand_sid: str) -> None:
    """Store that Twilio has received the brand and reviews it."""
    await connection.execute(
        update(brands)
        .where(brands.c.org_id == org_id, brands.c.status == "submitting")
        .values(status="pending", brand_sid=brand_sid, next_step_at=func.now())
    )
    note(connection, Hint(org_id, Topic.REGISTRATION))


async def decide(connection: AsyncConnection, org_id: UUID, decision: ReviewDecision) -> None:
    """Store Twilio's decision on the brand."""
    approved_at = func.coalesce(brands.c.approved_at, decision.decided_at)
    approved = {"approved_at": approved_at} if decision.status == "approved" else {}
    await connection.execute(
        update(brands)
        .where(brands.c.org_id == org_id)
        .values(
            status=decision.status,
            told_at=decision.decided_at,
            reasons=as_json(decision.reasons),
            identity_status=func.coalesce(decision.identity_status, brands.c.identity_status),
            next_step_at=func.now() + text("interval '1 day'"),
            **approved,
        )
    )
    note(connection, Hint(org_id, Topic.REGISTRATION))


async def poll_soon(connection: AsyncConnection, org_id: UUID) -> None:
    """Make the job poll Twilio about the brand in its next run."""
    await connection.execute(
        update(brands).where(brands.c.org_id == org_id).values(next_step_at=func.now())
    )


async def claim_due(connection: AsyncConnection, limit: int) -> Sequence[UUID]:
    """Claim the brands, of all organisations, whose next step is due. Returns the organisations."""
    rows = await connection.execute(_CLAIM, {"limit": limit})
    return rows.scalars().all()


async def not_found(database: Database, org_id: UUID, sid: str) -> Exception:
    """Return the error for a brand that the organisation does not own."""
    elsewhere = (brands.c.brand_sid == sid) & (brands.c.org_id != org_id)
    return await database.not_found(brands, elsewhere, "brand")


def as_json(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Convert the reasons of a rejection to the JSON that is stored."""
    return [{**asdict(reason), "fields": list(reason.fields)} for reason in reasons]


def as_reasons(stored: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Convert stored JSON to the reasons of a rejection."""
    return [Reason(**reason) for reason in stored]


def _brand(row: RowMapping | None) -> Brand | None:
    if row is None:
        return None
    return Brand(
        org_id=row["org_id"],
        brand_sid=row["brand_sid"],
        status=row["status"],
        payload=row["payload"],
        sids=row["sids"],
        steps_done=row["steps_done"],
        rejection_reasons=as_reasons(row["reasons"]),
        identity_status=row["identity_status"],
        submitted_at=row["submitted_at"],
        approved_at=row["approved_at"],
        decided_at=row["told_at"],
    )
