"""When a sender that finds nothing due is to look again."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.messaging.storage import counts, sending

PACE = sending.Pace(100, 60, 100)
_WAITING = text("""
INSERT INTO sms_messages (id, org_id, campaign_id, contact_id, to_number, body, direction, status,
  segments, price_cents, charged, next_step_at)
VALUES (:id, :org_id, :campaign_id, :id, '+14155550142', 'Hello', 'out', 'pending', 1, 1, true,
  now() + make_interval(secs => :seconds))
""")


async def waits(database: Database, org_id: UUID, seconds: float, held: bool = False) -> None:
    """A message waits that is due in ``seconds``."""
    campaign_id = uuid4()
    parameters = {"id": new_id(), "org_id": org_id, "campaign_id": campaign_id, "seconds": seconds}
    async with database.org(org_id) as connection:
        await connection.execute(_WAITING, parameters)
        if held:
            await counts.hold(connection, org_id, campaign_id, True)


async def claim(database: Database, org_id: UUID) -> sending.Batch:
    async with database.org(org_id) as connection:
        return await sending.claim(connection, org_id, PACE)


async def test_what_is_due_soon_is_waited_for(messaging: object, database: Database) -> None:
    org_id = uuid4()
    await waits(database, org_id, 1.5)
    batch = await claim(database, org_id)
    assert not batch.messages
    assert 0.1 <= batch.wait_seconds <= 1.5


@pytest.mark.parametrize(("seconds", "held"), [(60, False), (-1, True)])
async def test_what_is_due_later_or_held_back_is_left_to_the_sweeper(
    messaging: object, database: Database, seconds: float, held: bool
) -> None:
    org_id = uuid4()
    await waits(database, org_id, seconds, held)
    assert await claim(database, org_id) == sending.Batch((), 0.0)
