"""A campaign's status changes only if its present status allows the change."""

from itertools import product
from typing import get_args

import pytest
from sqlalchemy import func

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.states import (
    DRAFT,
    FAIL,
    FINISH,
    PAUSE,
    RESUME,
    SCHEDULE,
    START,
    Status,
    Transition,
)
from services.campaigns.campaigns.storage import lifecycle
from services.campaigns.tests.builders import a_campaign, row_of
from tests.fixtures.running import Person

TRANSITIONS: dict[str, tuple[Transition, dict[str, object]]] = {
    "schedule": (SCHEDULE, {"schedule_at": func.now()}),
    "unschedule": (DRAFT, {"schedule_at": None}),
    "start": (START, {"body": "Hi", "started_at": func.now(), "next_plan_at": func.now()}),
    "pause": (PAUSE, {}),
    "resume": (RESUME, {}),
    "finish": (FINISH, {}),
    "fail": (FAIL, {}),
}


@pytest.mark.parametrize(
    ("status", "name"), list(product(get_args(Status), TRANSITIONS)), ids="-".join
)
async def test_a_transition_happens_only_from_its_allowed_statuses(
    database: Database, status: Status, name: str
) -> None:
    transition, changes = TRANSITIONS[name]
    person = Person()
    campaign_id = await a_campaign(database, person, status)
    before = await row_of(database, campaign_id)
    async with database.org(person.org_id) as connection:
        moved = await lifecycle.move(connection, person.org_id, campaign_id, transition, changes)
    after = await row_of(database, campaign_id)
    if status in transition.sources:
        assert moved is not None
        assert after.status == transition.target
    else:
        assert moved is None
        assert after == before


async def test_a_campaign_of_another_organisation_is_not_changed(database: Database) -> None:
    person, stranger = Person(), Person()
    campaign_id = await a_campaign(database, person, "running")
    async with database.org(stranger.org_id) as connection:
        assert not await lifecycle.move(connection, stranger.org_id, campaign_id, PAUSE, {})
    assert (await row_of(database, campaign_id)).status == "running"
