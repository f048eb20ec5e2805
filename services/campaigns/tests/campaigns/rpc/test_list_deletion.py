"""A contact list is deleted only if no campaign needs it."""

import pytest

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, NotFound
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.campaigns.domain.states import Status
from services.campaigns.common.domain.in_use import named
from services.campaigns.tests.builders import a_campaign
from services.campaigns.tests.organisation import Neighbours, Organisation, an_organisation
from smsblaster.campaigns.v1 import list_deletion_pb2, list_deletion_pb2_grpc
from tests.fixtures.running import Person, Running


async def delete(campaigns: Running, person: Person, list_id: object) -> None:
    stub = list_deletion_pb2_grpc.ListDeletionServiceStub(campaigns.channel)
    request = list_deletion_pb2.DeleteContactListRequest(id=str(list_id))
    with acting_as(person.identity()):
        await campaigns.caller().call(stub.DeleteContactList, request)


@pytest.mark.parametrize("status", ["scheduled", "paused"])
async def test_a_list_cannot_be_deleted_if_a_campaign_needs_it_and_the_error_names_the_campaign(
    campaigns: Running, organisation: Organisation, database: Database, status: Status
) -> None:
    list_id = await organisation.a_list()
    campaign = {"list_id": list_id, "name": "Spring sale 2027"}
    await a_campaign(database, organisation.person, status, **campaign)
    with pytest.raises(Conflict, match="Spring sale 2027") as caught:
        await delete(campaigns, organisation.person, list_id)
    assert caught.value.code == "list_in_use"


@pytest.mark.parametrize("status", ["draft", "done", "cancelled"])
async def test_a_list_can_be_deleted_if_no_campaign_needs_it(
    campaigns: Running, organisation: Organisation, database: Database, status: Status
) -> None:
    list_id = await organisation.a_list()
    await a_campaign(database, organisation.person, status, list_id=list_id)
    await a_campaign(database, Person(), "scheduled", list_id=list_id)
    await delete(campaigns, organisation.person, list_id)
    with pytest.raises(NotFound):
        await delete(campaigns, organisation.person, list_id)


async def test_another_organisations_list_is_refused(
    campaigns: Running, organisation: Organisation, neighbours: Neighbours
) -> None:
    theirs = await (await an_organisation(neighbours, 0)).a_list()
    with pytest.raises(CrossOrgAccess):
        await delete(campaigns, organisation.person, theirs)
    with pytest.raises(NotFound):
        await delete(campaigns, organisation.person, new_id())


@pytest.mark.parametrize(
    ("names", "total", "text"),
    [
        (["A"], 1, '"A"'),
        (["A", "B"], 2, '"A" and "B"'),
        (["A", "B", "C"], 3, '"A", "B" and "C"'),
        (["A", "B", "C"], 7, '"A", "B", "C" and 4 more'),
    ],
)
def test_the_error_lists_the_names_of_campaigns_with_commas_and_a_final_and(
    names: list[str], total: int, text: str
) -> None:
    assert named(names, total) == text
