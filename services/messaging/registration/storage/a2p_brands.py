"""Brands: one for each organisation, and how far its submission and its review have come."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from services.messaging.registration.domain.reviews import Reason, Word
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


async def find(connection: AsyncConnection, org_id: UUID) -> RowMapping | None:
    """The organisation's brand, if one was submitted."""
    rows = await connection.execute(select(brands).where(brands.c.org_id == org_id))
    return rows.mappings().first()


async def lock(connection: AsyncConnection, org_id: UUID) -> RowMapping | None:
    """The organisation's brand, locked until the transaction ends."""
    rows = await connection.execute(
        select(brands).where(brands.c.org_id == org_id).with_for_update()
    )
    return rows.mappings().first()


async def submit(connection: AsyncConnection, org_id: UUID, payload: Mapping[str, Any]) -> bool:
    """Note that the brand is to be registered; False where one is submitted already."""
    statement = insert(brands).values(org_id=org_id, status="submitting", payload=dict(payload))
    added = await connection.scalar(statement.on_conflict_do_nothing().returning(brands.c.org_id))
    return added is not None


async def resubmit(connection: AsyncConnection, org_id: UUID, payload: Mapping[str, Any]) -> None:
    """Begin the submission anew with other details; what Twilio has of the brand is kept."""
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
    """Note how many steps of the submission are done, and what Twilio has now."""
    await connection.execute(
        update(brands)
        .where(brands.c.org_id == org_id, brands.c.status == "submitting")
        .values(steps_done=steps_done, sids=dict(sids))
    )


async def submitted(connection: AsyncConnection, org_id: UUID, brand_sid: str) -> None:
    """Note that Twilio has the brand and reviews it."""
    await connection.execute(
        update(brands)
        .where(brands.c.org_id == org_id, brands.c.status == "submitting")
        .values(status="pending", brand_sid=brand_sid, next_step_at=func.now())
    )


async def decide(connection: AsyncConnection, org_id: UUID, word: Word) -> None:
    """Note what Twilio says of the brand."""
    approved_at = func.coalesce(brands.c.approved_at, word.said_at)
    approved = {"approved_at": approved_at} if word.status == "approved" else {}
    await connection.execute(
        update(brands)
        .where(brands.c.org_id == org_id)
        .values(
            status=word.status,
            told_at=word.said_at,
            reasons=as_json(word.reasons),
            identity_status=func.coalesce(word.identity_status, brands.c.identity_status),
            next_step_at=func.now() + text("interval '1 day'"),
            **approved,
        )
    )


async def ask_soon(connection: AsyncConnection, org_id: UUID) -> None:
    """Have Twilio asked about the brand at the next opportunity."""
    await connection.execute(
        update(brands).where(brands.c.org_id == org_id).values(next_step_at=func.now())
    )


async def claim_due(connection: AsyncConnection, limit: int) -> Sequence[UUID]:
    """Organisations, of all, whose brand's next step is due; they are due again after a while."""
    rows = await connection.execute(_CLAIM, {"limit": limit})
    return rows.scalars().all()


def as_json(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    """Reasons as they are stored."""
    return [{**asdict(reason), "fields": list(reason.fields)} for reason in reasons]


def as_reasons(stored: Sequence[Mapping[str, Any]]) -> list[Reason]:
    """Stored reasons as they were said."""
    return [Reason(**reason) for reason in stored]
