"""The gateway gets the names of campaigns to show them in lists."""

import pytest

from servicekit.errors import Forbidden
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.campaigns.tests.marketer import Marketer
from services.campaigns.tests.organisation import Organisation
from smsblaster.campaigns.v1 import names_pb2, names_pb2_grpc
from tests.fixtures.running import Person, Running


async def names(
    service: Running, person: Person, *ids: str, caller: str = "gateway"
) -> dict[str, str]:
    stub = names_pb2_grpc.CampaignNameServiceStub(service.channel)
    request = names_pb2.GetCampaignNamesRequest(ids=ids)
    with acting_as(person.identity()):
        answer = await service.caller(caller).call(stub.GetCampaignNames, request)
    return dict(answer.names)


async def test_the_names_of_deleted_campaigns_are_still_returned(
    organisation: Organisation, marketer: Marketer
) -> None:
    list_id = await organisation.a_list_of(1)
    kept = await marketer.create(name="Spring sale", list_id=list_id)
    deleted = await marketer.create(name="Old sale", list_id=list_id)
    await marketer.on("DeleteCampaign", deleted.id)
    found = await names(marketer.service, marketer.person, kept.id, deleted.id, str(new_id()))
    assert found == {kept.id: "Spring sale", deleted.id: "Old sale"}
    assert await names(marketer.service, Person(), kept.id) == {}


async def test_only_the_gateway_may_ask_for_names_of_campaigns(marketer: Marketer) -> None:
    with pytest.raises(Forbidden):
        await names(marketer.service, marketer.person, str(new_id()), caller="messaging")
