"""Scheduled campaigns start once when they are due, or fail with a reason."""

import asyncio
from datetime import timedelta

import grpc
import pytest
from sqlalchemy import func, text

from servicekit.db.database import Database
from servicekit.rpc.client import RpcClient
from servicekit.tokens import TokenSigner
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.usecases.start_due import StartDue
from services.campaigns.tests.builders import a_campaign, a_template, audit_events, row_of
from services.campaigns.tests.organisation import Neighbours
from tests.fixtures.running import Person, Running, listening

PAST = func.now() - timedelta(seconds=1)


@pytest.fixture(scope="module")
def rpc(messaging: Running) -> RpcClient:
    return RpcClient(TokenSigner("campaigns", messaging.signer_key))


@pytest.fixture(scope="module")
def there(messaging: Running, rpc: RpcClient) -> Dispatch:
    return Dispatch(rpc, messaging.channel)


async def test_a_campaign_starts_only_once_even_if_several_jobs_run_at_the_same_time(
    database: Database, there: Dispatch
) -> None:
    person = Person()
    ids = [await a_campaign(database, person, "scheduled", schedule_at=PAST) for _ in range(60)]
    await asyncio.gather(*(StartDue(database, there).start_all() for _ in range(4)))
    for campaign_id in ids:
        row = await row_of(database, campaign_id)
        assert (row.status, row.body) == ("running", "Hi {{firstName}}")
        (event,) = await audit_events(database, campaign_id)
        assert event.action == "campaign_started"
        assert not event.HasField("actor_user_id")


async def test_messaging_has_stored_each_running_campaign(
    database: Database, there: Dispatch, neighbours: Neighbours
) -> None:
    campaign_id = await a_campaign(database, Person(), "scheduled", schedule_at=PAST)
    await StartDue(database, there).start_all()
    query = text("SELECT running FROM campaign_counts WHERE campaign_id = :id")
    async with neighbours.messaging_database.system() as connection:
        assert await connection.scalar(query, {"id": campaign_id})


async def test_a_campaign_starts_while_messaging_is_down(
    database: Database, rpc: RpcClient
) -> None:
    campaign_id = await a_campaign(database, Person(), "scheduled", schedule_at=PAST)
    async with grpc.aio.insecure_channel(listening()) as nowhere:
        await StartDue(database, Dispatch(rpc, nowhere)).start_all()
    assert (await row_of(database, campaign_id)).status == "running"


async def test_a_campaign_does_not_start_before_its_time(
    database: Database, there: Dispatch
) -> None:
    campaign_id = await a_campaign(database, Person(), "scheduled")
    await StartDue(database, there).start_all()
    assert (await row_of(database, campaign_id)).status == "scheduled"


async def test_a_deleted_campaign_does_not_start(database: Database, there: Dispatch) -> None:
    campaign_id = await a_campaign(
        database, Person(), "scheduled", schedule_at=PAST, deleted_at=func.now()
    )
    await StartDue(database, there).start_all()
    assert (await row_of(database, campaign_id)).status == "scheduled"


async def test_a_campaign_starts_with_the_current_text_of_its_template(
    database: Database, there: Dispatch
) -> None:
    person = Person()
    template_id = await a_template(database, person, "Bye {{lastName}}")
    campaign_id = await a_campaign(
        database, person, "scheduled", schedule_at=PAST, template_id=template_id
    )
    await StartDue(database, there).start_all()
    assert (await row_of(database, campaign_id)).body == "Bye {{lastName}}"


@pytest.mark.parametrize("reason", ["template_deleted", "missing_variables"])
async def test_a_campaign_with_an_unusable_text_fails_with_a_reason(
    database: Database, there: Dispatch, reason: str
) -> None:
    person = Person()
    deleted = reason == "template_deleted"
    template_id = await a_template(database, person, "Your seat: {{seat}}", deleted)
    campaign_id = await a_campaign(
        database, person, "scheduled", schedule_at=PAST, template_id=template_id
    )
    await StartDue(database, there).start_all()
    row = await row_of(database, campaign_id)
    assert (row.status, row.status_reason) == ("failed", reason)
    assert not await audit_events(database, campaign_id)
