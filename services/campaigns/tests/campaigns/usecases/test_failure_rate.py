"""A campaign with too many failures pauses, and its pending messages are held."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, text

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.rpc.client import RpcClient
from servicekit.tokens import TokenSigner
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.storage import deferred, lifecycle, plans
from services.campaigns.campaigns.usecases.plan_turn import PlanOptions, PlanTurn
from services.campaigns.tests.audiences import audiences_of
from services.campaigns.tests.builders import at_rest, row_of
from services.campaigns.tests.organisation import Neighbours, Organisation
from tests.fixtures.running import Running

_COUNTED = text("""
INSERT INTO campaign_counts (campaign_id, org_id, delivered, failed, pending)
VALUES (:campaign_id, :org_id, :delivered, :failed, :pending)
ON CONFLICT (campaign_id) DO UPDATE SET
  delivered = excluded.delivered, failed = excluded.failed, pending = excluded.pending
""")


@pytest.fixture
def plan_turn(database: Database, messaging: Running, contacts: Running) -> PlanTurn:
    rpc = RpcClient(TokenSigner("campaigns", messaging.signer_key))
    audiences = audiences_of(
        database, Contacts(rpc, contacts.channel), Results(rpc, messaging.channel)
    )
    options = PlanOptions(30, 10, 10.0, failure_rate=0.5)
    return PlanTurn(database, audiences, Dispatch(rpc, messaging.channel), options)


async def turn(database: Database, plan_turn: PlanTurn, campaign_id: UUID) -> str:
    """Let a planner take the campaign's turn. Return the campaign's new status."""
    org_id = (await row_of(database, campaign_id)).org_id
    async with database.system() as connection:
        await plans.advance(connection, [(org_id, campaign_id)])
        leases = await plans.lease(connection, 100, 10)
    lease = next(lease for lease in leases if lease.campaign_id == campaign_id)
    await plan_turn.take_turn(lease)
    async with database.org(org_id) as connection:
        await plans.give_back(connection, lease, 3600)
    return str((await row_of(database, campaign_id)).status)


async def count(
    neighbours: Neighbours, organisation: Organisation, campaign_id: UUID, **counts: int
) -> None:
    named = {"campaign_id": campaign_id, "org_id": organisation.person.org_id}
    parameters = {**named, "pending": 1, **counts}
    async with neighbours.messaging_database.system() as connection:
        await connection.execute(_COUNTED, parameters)


async def is_held(neighbours: Neighbours, campaign_id: UUID) -> bool:
    query = text("SELECT held FROM campaign_counts WHERE campaign_id = :id")
    async with neighbours.messaging_database.system() as connection:
        return bool(await connection.scalar(query, {"id": campaign_id}))


async def test_a_campaign_that_fails_too_often_pauses_holds_its_messages_and_can_be_resumed(
    database: Database, neighbours: Neighbours, organisation: Organisation, plan_turn: PlanTurn
) -> None:
    campaign_id = await at_rest(database, organisation, "running")
    await count(neighbours, organisation, campaign_id, delivered=30, failed=20)
    assert await turn(database, plan_turn, campaign_id) == "running"
    await count(neighbours, organisation, campaign_id, delivered=30, failed=30)
    assert await turn(database, plan_turn, campaign_id) == "paused"
    assert (await row_of(database, campaign_id)).status_reason == "failure_rate"
    assert await is_held(neighbours, campaign_id)
    async with database.org(organisation.person.org_id) as connection:
        await lifecycle.resume(connection, organisation.person.org_id, campaign_id, None)
    assert await turn(database, plan_turn, campaign_id) == "running"
    await count(neighbours, organisation, campaign_id, delivered=40, failed=80)
    assert await turn(database, plan_turn, campaign_id) == "paused"


async def test_a_campaigns_own_limit_replaces_the_platforms_limit(
    database: Database, neighbours: Neighbours, organisation: Organisation, plan_turn: PlanTurn
) -> None:
    patient, touchy = [
        await at_rest(database, organisation, "running", pause_at_failure_rate=rate)
        for rate in (0.9, 0.1)
    ]
    for campaign_id in (patient, touchy):
        await count(neighbours, organisation, campaign_id, delivered=40, failed=60)
    assert await turn(database, plan_turn, patient) == "running"
    await count(neighbours, organisation, touchy, delivered=80, failed=20)
    assert await turn(database, plan_turn, touchy) == "paused"


async def test_a_campaign_with_too_many_failures_and_nothing_left_to_send_is_done_and_not_paused(
    database: Database, neighbours: Neighbours, organisation: Organisation, plan_turn: PlanTurn
) -> None:
    campaign_id = await at_rest(database, organisation, "running", planned_at=func.now())
    await count(neighbours, organisation, campaign_id, delivered=1, failed=60, pending=0)
    assert await turn(database, plan_turn, campaign_id) == "done"


@pytest.mark.parametrize("left", ["pending", "waiting"])
async def test_a_failing_campaign_pauses_if_some_of_its_messages_are_not_sent_yet(
    database: Database,
    neighbours: Neighbours,
    organisation: Organisation,
    plan_turn: PlanTurn,
    left: str,
) -> None:
    campaign_id = await at_rest(database, organisation, "running", planned_at=func.now())
    pending = 1 if left == "pending" else 0
    await count(neighbours, organisation, campaign_id, delivered=1, failed=60, pending=pending)
    if left == "waiting":
        org_id, tomorrow = organisation.person.org_id, datetime.now(UTC) + timedelta(days=1)
        async with database.org(org_id) as connection:
            await deferred.settle(connection, org_id, campaign_id, (), {new_id(): tomorrow})
    assert await turn(database, plan_turn, campaign_id) == "paused"
