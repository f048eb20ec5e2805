"""Every response counts as many segments as the provider."""

import pytest
from sqlalchemy import text

from servicekit.identity import acting_as
from services.campaigns.tests.campaigns.rpc.test_quick_quote import quote
from services.campaigns.tests.campaigns.rpc.test_quick_send import send
from services.campaigns.tests.campaigns.rpc.test_test_sends import ask
from services.campaigns.tests.marketer import DONE, Marketer
from services.campaigns.tests.organisation import Organisation, phone
from smsblaster.campaigns.v1 import templates_pb2, templates_pb2_grpc
from smsblaster.messaging.v1 import services_pb2, services_pb2_grpc
from tests.fixtures.running import Running

# Two segments as it is written, one segment after Smart Encoding.
CURLY = "\u201c" + "a" * 75 + "\u201d"

pytestmark = pytest.mark.usefixtures("sender")


async def set_smart_encoding(organisation: Organisation, on: bool) -> None:
    """Turn Smart Encoding of the organisation's messaging service on or off."""
    messaging = organisation.neighbours.messaging
    query = text("SELECT sid FROM twilio_messaging_services WHERE org_id = :org_id")
    async with organisation.neighbours.messaging_database.system() as connection:
        sid = await connection.scalar(query, {"org_id": organisation.person.org_id})
    stub = services_pb2_grpc.MessagingServiceServiceStub(messaging.channel)
    request = services_pb2.UpdateMessagingServiceRequest(sid=sid, smart_encoding=on)
    with acting_as(organisation.person.identity()):
        await messaging.caller().call(stub.UpdateMessagingService, request)


@pytest.mark.parametrize(("smart", "segments"), [(True, 1), (False, 2)])
async def test_every_request_counts_as_many_segments_as_twilio(
    campaigns: Running,
    organisation: Organisation,
    marketer: Marketer,
    smart: bool,
    segments: int,
) -> None:
    await set_smart_encoding(organisation, smart)
    person = organisation.person
    quick = await quote(campaigns, person, message=CURLY, numbers=[phone(0)])
    sent = await send(campaigns, person, message=CURLY)
    preview = templates_pb2.PreviewTemplateRequest(content=CURLY)
    stub = templates_pb2_grpc.TemplateServiceStub(campaigns.channel)
    with acting_as(person.identity()):
        shown = await campaigns.caller().call(stub.PreviewTemplate, preview)
    created = await marketer.create(list_id=await organisation.a_list_of(3), message=CURLY)
    quoted = await ask(marketer, "QuoteCampaign", created.id)
    test = await ask(marketer, "TestCampaign", created.id, to=phone(1))
    counted = {quick.segments, quick.total_cents, sent.segments, sent.price_cents, shown.segments}
    assert counted | {test.segments, test.price_cents, quoted.total_cents // 3} == {segments}
    await marketer.on("SendCampaign", created.id)
    await marketer.until(created.id, DONE)
    assert await organisation.balance() == 1000 - 5 * segments
    assert sent.body == test.body == CURLY
