"""The bus event that makes a campaign's turn due at once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func

from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from servicekit.ids import new_id
from services.campaigns.campaigns.events.campaign_moved import CampaignMoved
from services.campaigns.campaigns.storage import plans
from services.campaigns.tests.builders import a_campaign
from smsblaster.messaging.v1 import events_pb2
from tests.fixtures.running import Person

SUBJECT = "event.messaging.campaign_moved"


def moved(org_id: UUID, *campaign_ids: UUID) -> Sequence[Incoming]:
    events = [
        events_pb2.CampaignMoved(org_id=str(org_id), campaign_id=str(campaign_id))
        for campaign_id in campaign_ids
    ]
    return [Incoming(str(new_id()), SUBJECT, event.SerializeToString()) for event in events]


async def due(database: Database) -> set[UUID]:
    async with database.system() as connection:
        return {lease.campaign_id for lease in await plans.lease(connection, 100, 60)}


async def test_a_bus_event_about_a_campaign_makes_its_turn_due_at_once_and_wakes_the_planner(
    database: Database,
) -> None:
    person, woken = Person(), []
    later = func.now() + timedelta(minutes=1)
    rung, silent = [
        await a_campaign(database, person, "running", next_plan_at=later) for _ in range(2)
    ]
    handler = CampaignMoved(database, lambda: woken.append(True))
    await handler.handle(moved(person.org_id, rung, rung))
    assert woken == [True]
    assert rung in (found := await due(database))
    assert silent not in found


async def test_a_bus_event_about_an_unknown_campaign_or_one_that_is_not_running_changes_nothing(
    database: Database,
) -> None:
    person = Person()
    finished = await a_campaign(database, person, "done")
    handler = CampaignMoved(database, lambda: None)
    await handler.handle(moved(person.org_id, finished, new_id()))
    assert not {finished} & await due(database)
