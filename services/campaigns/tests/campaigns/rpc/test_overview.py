"""The overview of campaigns by status: those that run, and those that start next."""

from datetime import UTC, datetime, timedelta
from typing import Any

from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.campaigns.tests.builders import a_campaign, at_rest
from services.campaigns.tests.marketer import Marketer
from services.campaigns.tests.organisation import Organisation
from smsblaster.campaigns.v1 import overview_pb2, overview_pb2_grpc


async def overview(marketer: Marketer) -> overview_pb2.CampaignOverview:
    stub = overview_pb2_grpc.CampaignOverviewServiceStub(marketer.service.channel)
    with acting_as(marketer.person.identity()):
        return await marketer.service.caller().call(
            stub.GetCampaignOverview, overview_pb2.GetCampaignOverviewRequest()
        )


async def test_campaigns_are_shown_by_status_with_a_count_for_each(
    database: Database, organisation: Organisation, marketer: Marketer
) -> None:
    person = organisation.person

    async def add(status: Any, **columns: Any) -> str:
        return str(await a_campaign(database, person, status, **columns))

    tomorrow = datetime.now(UTC) + timedelta(days=1)
    later = await add("scheduled", schedule_at=tomorrow + timedelta(hours=1))
    sooner = await add("scheduled", schedule_at=tomorrow)
    left = await add("draft", status_reason="member_removed")
    await add("draft")
    await add("done")
    paused = [
        str(await at_rest(database, organisation, "paused", status_reason="failure_rate"))
        for _ in range(6)
    ]
    found = await overview(marketer)
    assert [each.id for each in found.scheduled.items] == [sooner, later]
    assert [each.id for each in found.left_by_removed_members.items] == [left]
    assert found.paused.total == 6
    assert [each.id for each in found.paused.items] == paused[:0:-1]
    assert "failed" in found.paused.items[0].status_message
    assert found.running.total == 0


async def test_campaigns_of_other_organisations_are_not_shown(
    database: Database, organisation: Organisation, campaigns: Any
) -> None:
    await at_rest(database, organisation, "running")
    stranger = Marketer(campaigns, type(organisation.person)())
    found = await overview(stranger)
    assert (found.running.total, found.scheduled.total) == (0, 0)
