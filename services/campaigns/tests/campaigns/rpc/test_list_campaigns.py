"""List campaigns: pages, filters, order, and the names and results in each row."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest

from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, InvalidInput, NotFound
from servicekit.ids import id_at, new_id
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.tests.builders import a_campaign, a_template, at_rest, fields_of
from services.campaigns.tests.marketer import DONE, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, phone
from services.campaigns.tests.outcomes import fate
from smsblaster.campaigns.v1 import campaigns_pb2 as pb
from tests.fixtures.running import Person, Running

NAME = pb.CAMPAIGN_SORT_NAME
OLDEST = pb.CAMPAIGN_SORT_OLDEST
EARLIER, LATER = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)


async def listed(marketer: Marketer, **fields: Any) -> Sequence[pb.Campaign]:
    """Return the first page of campaigns."""
    answer: pb.ListCampaignsResponse = await marketer.ask(
        "ListCampaigns", pb.ListCampaignsRequest(**fields)
    )
    return answer.items


async def ids(marketer: Marketer, **fields: Any) -> list[str]:
    """Return the ids of all campaigns that match `fields`, read in pages of two."""
    seen: list[str] = []
    cursor = None
    while True:
        request = pb.ListCampaignsRequest(limit=2, cursor=cursor, **fields)
        answer = await marketer.ask("ListCampaigns", request)
        seen += [item.id for item in answer.items]
        cursor = answer.next_cursor or None
        if cursor is None:
            return seen


async def named(database: Database, organisation: Organisation, *names: str) -> list[str]:
    """Create campaigns with these names. Return their ids."""
    return [str(await at_rest(database, organisation, name=name)) for name in names]


@pytest.mark.parametrize("count", [0, 2, 5])
async def test_pages_go_from_newest_to_oldest(
    organisation: Organisation, marketer: Marketer, database: Database, count: int
) -> None:
    created = await named(database, organisation, *["Sale"] * count)
    assert await ids(marketer) == created[::-1]
    assert await ids(marketer, sort=OLDEST) == created


async def test_campaigns_can_be_sorted_by_name_without_regard_to_case(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    names = ["beta", "Alpha", "Beta", "alpha", "gamma"]
    created = dict(zip(names, await named(database, organisation, *names), strict=True))
    in_order = [created[name] for name in ("Alpha", "alpha", "beta", "Beta", "gamma")]
    assert await ids(marketer, sort=NAME) == in_order


async def test_campaigns_can_be_filtered_by_one_or_more_statuses(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    by_status = {
        pb.CampaignStatus.Value(f"CAMPAIGN_STATUS_{status.upper()}"): str(
            await at_rest(database, organisation, status)
        )
        for status in get_args(Status)
    }
    for status, campaign_id in by_status.items():
        assert await ids(marketer, status=[status]) == [campaign_id]
    open_ones = [pb.CAMPAIGN_STATUS_RUNNING, pb.CAMPAIGN_STATUS_SCHEDULED]
    assert set(await ids(marketer, status=open_ones)) == {by_status[s] for s in open_ones}


async def test_search_finds_beginnings_of_words_in_name_and_text(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    by_name = await at_rest(database, organisation, name="Spring-cleaning (north)")
    by_text = await at_rest(database, organisation, name="Other", message="The NORTH wind")
    sent = await at_rest(database, organisation, "done", name="Sent", body="Northern lights")
    everything = [str(sent), str(by_text), str(by_name)]
    assert await ids(marketer, search="nor") == everything
    assert await ids(marketer, search="  ") == everything
    assert await ids(marketer, search="clean north") == [str(by_name)]
    assert await ids(marketer, search="orth") == []


async def test_campaigns_can_be_filtered_by_creator_template_and_time(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = await a_template(database, organisation.person)
    last_week = datetime.now(UTC) - timedelta(days=7)
    old = await at_rest(database, organisation, id=id_at(last_week))
    templated = await at_rest(database, organisation, template_id=template_id)
    theirs = await at_rest(database, organisation, created_by=new_id())
    assert await ids(marketer, created_by=str(organisation.person.user_id)) == [
        str(templated),
        str(old),
    ]
    assert await ids(marketer, template_id=str(template_id)) == [str(templated)]
    yesterday = datetime.now(UTC) - timedelta(days=1)
    assert await ids(marketer, from_time=yesterday) == [str(theirs), str(templated)]
    assert await ids(marketer, to_time=yesterday) == [str(old)]
    assert await ids(marketer, from_time=last_week, to_time=yesterday) == [str(old)]


async def test_a_template_of_another_organisation_is_refused_as_a_filter(
    marketer: Marketer, database: Database
) -> None:
    theirs = await a_template(database, Person())
    with pytest.raises(CrossOrgAccess):
        await listed(marketer, template_id=str(theirs))
    with pytest.raises(NotFound):
        await listed(marketer, template_id=str(new_id()))


async def test_deleted_campaigns_and_those_of_other_organisations_are_not_listed(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    await a_campaign(database, Person())
    gone = await at_rest(database, organisation)
    await marketer.on("DeleteCampaign", gone)
    assert not await listed(marketer)


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 201}, "limit"),
        ({"status": [0]}, "status[0]"),
        ({"status": [99]}, "status[0]"),
        ({"status": [1, 1]}, "status"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"created_by": "Ann"}, "createdBy"),
        ({"sort": 99}, "sort"),
        ({"from_time": LATER, "to_time": EARLIER}, "to"),
    ],
)
async def test_an_invalid_query_gets_an_error_for_its_field(
    marketer: Marketer, fields: dict[str, Any], fault: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await listed(marketer, **fields)
    assert fields_of(caught.value) == [fault]


async def test_a_listed_campaign_has_the_names_of_its_list_and_template(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    template_id = await a_template(database, organisation.person)
    list_id = await organisation.a_list_of(3)
    await marketer.create(list_id=list_id, template_id=str(template_id))
    [row] = await listed(marketer)
    assert (row.list_size, row.list_name[:5]) == (3, "List ")
    assert row.template_name == f"Template {template_id}"
    await organisation.delete_list(list_id)
    [row] = await listed(marketer)
    assert (row.list_id, row.HasField("list_name")) == (list_id, False)


async def test_a_listed_campaign_has_its_results_and_retries(
    organisation: Organisation, marketer: Marketer, neighbours: Neighbours, sender: None
) -> None:
    sent = await marketer.send(list_id=await organisation.a_list_of(2))
    await marketer.until(sent, DONE)
    await fate(neighbours, sent, phone(0), "undelivered", 30005)
    retry = await marketer.on("RetryFailed", sent)
    rows = {row.id: row for row in await listed(marketer)}
    assert (rows[sent].metrics.recipients, rows[sent].metrics.spent_cents) == (2, 2)
    assert rows[sent].metrics == await marketer.metrics(sent)
    assert (list(rows[sent].retries), rows[retry.id].retry_of) == ([retry.id], sent)
    assert rows[retry.id].metrics.recipients == 0


async def test_campaigns_are_listed_without_names_and_results_while_other_services_are_down(
    database: Database, alone: Running
) -> None:
    marketer = Marketer(alone, Person())
    draft = await a_campaign(database, marketer.person)
    started = await a_campaign(database, marketer.person, "paused")
    rows = {row.id: row for row in await listed(marketer)}
    assert not rows[str(started)].HasField("metrics")
    assert rows[str(draft)].metrics == pb.CampaignMetrics(campaign_id=str(draft))
    assert not any(row.HasField("list_name") for row in rows.values())


async def test_campaigns_are_found_by_their_whole_reference(marketer: Marketer) -> None:
    mine = [(await marketer.create(reference="spring-24")).id for _ in range(3)]
    await marketer.create(reference="spring-2")
    await marketer.create()
    assert await ids(marketer, reference="spring-24") == mine[::-1]
    assert await ids(marketer, reference="spring") == []
