"""Running campaigns are counted, and one that should have started is noticed."""

from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, update

from servicekit.db.database import Database
from servicekit.modes import org_in_test_mode
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.campaigns.jobs.measure import measure_campaigns
from services.campaigns.campaigns.storage.tables import sms_campaigns
from services.campaigns.tests.builders import a_campaign
from tests.fixtures.running import Person


async def measured(database: Database) -> tuple[float, float]:
    """Return the running campaigns, and the seconds by which a start is overdue."""
    async with database.system() as connection:
        await measure_campaigns(connection)
    running = REGISTRY.get_sample_value("smsblaster_campaigns_running")
    overdue = REGISTRY.get_sample_value("smsblaster_campaigns_overdue_seconds")
    assert running is not None
    assert overdue is not None
    return running, overdue


@pytest.mark.parametrize("status", ["running", "draft"])
async def test_only_running_campaigns_are_counted(database: Database, status: Status) -> None:
    before, _ = await measured(database)
    await a_campaign(database, Person(), status)
    after, _ = await measured(database)
    assert after - before == (1 if status == "running" else 0)


async def test_campaigns_of_test_mode_are_not_counted(database: Database) -> None:
    before, _ = await measured(database)
    await a_campaign(database, Person(org_in_test_mode(uuid4())), "running")
    after, _ = await measured(database)
    assert after == before


async def test_a_scheduled_campaign_is_overdue_once_its_start_time_has_passed(
    database: Database,
) -> None:
    campaign_id = await a_campaign(database, Person(), "scheduled")
    async with database.system() as connection:
        start = func.now() - func.make_interval(0, 0, 0, 0, 0, 0, 86_400.0)
        await connection.execute(
            update(sms_campaigns).where(sms_campaigns.c.id == campaign_id).values(schedule_at=start)
        )
    _, overdue = await measured(database)
    assert 86_400 <= overdue < 87_000
