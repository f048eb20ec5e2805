"""A customer's own server gets each webhook that it subscribed to once, and signed."""

from collections.abc import Collection, Iterator
from functools import partial

import pytest

from deploy.local.testkit.customer_server import CustomerServer
from deploy.local.testkit.event import Event
from deploy.local.testkit.organisation import Organisation
from services.gateway.http.openapi.webhooks import event_types
from tests.faults.books import Verdict
from tests.fixtures.a2p import registered
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync
from tests.tenancy.neighbours import finished_export, finished_import

pytestmark = pytest.mark.stack

_SERVICES = ("billing", "campaigns", "contacts", "messaging")
_NOT_PUBLISHED = "SELECT FROM outbox WHERE published_at IS NULL"
_KNOWN = "SELECT FROM webhook_subscribers WHERE org_id = %s AND all_types"
ENDPOINT = "/api/webhooks/endpoints"

USUAL = {
    *("message.accepted", "message.sent", "message.delivered", "message.received"),
    *("campaign.started", "campaign.finished", "contact.opted_out", "contact.opted_in"),
    *("import.finished", "export.finished", "balance.topped_up", "number.released"),
    *("event_message.accepted", "event_message.sent", "event_message.delivered"),
}
TROUBLE = {
    *("message.undelivered", "message.failed", "campaign.paused", "balance.low"),
    *("event_message.undelivered", "event_message.failed", "registration.changed"),
}
# The text to the last one stays "sent". That of others is never "sent" if its delivery is reported
# first.
GUESTS = [*audience(2, first=9_550), "+12125570001"]
UNREACHABLE, REFUSED = "+12125553003", "+12125550036"


@pytest.fixture
def server() -> Iterator[CustomerServer]:
    with CustomerServer() as server:
        yield server


@pytest.fixture
def acme(platform: Platform, server: CustomerServer) -> Organisation:
    """Return an organisation whose server gets webhooks of all types."""
    organisation = platform.organisation("Hooks", cents=3_000)
    made = organisation.api.post(ENDPOINT, {"url": server.url})
    server.secret = made["secret"]
    for service in _SERVICES:
        wait_until_sync(partial(platform.rows, service, _KNOWN, organisation.org_id))
    return organisation


def must_hear(server: CustomerServer, wanted: Collection[str]) -> None:
    """Wait until the server has got events of all these types."""
    wait_until_sync(lambda: Verdict([f"no {each}" for each in {*wanted} - server.types().keys()]))


def test_each_customer_event_is_delivered_once_and_signed(
    platform: Platform, acme: Organisation, server: CustomerServer
) -> None:
    api, people = acme.api, audience(4, first=9_500)
    list_id, _ = acme.list_from("People", csv_of(people[:3]))
    text = api.post("/api/sms/send", {"to": people[0], "message": "Hello"})
    acme.simulator.text(people[0], acme.numbers[0], "Hi")
    campaign = acme.draft("Doors", list_id, "Hi")
    acme.send(campaign)
    acme.wait_until_done(campaign)
    acme.opt_out([people[1]])
    api.post(f"/api/contacts/{acme.contact_id(people[1])}/opt-in", {})
    event = Event.create(api, "Opening")
    for guest in GUESTS:
        event.add("Ann", guest)
    event.notify("invitation")
    finished_import(api, people)
    finished_export(api)
    acme.top_up(500)
    sid = api.get("/api/twilio/numbers")["items"][0]["sid"]
    api.post(f"/api/twilio/numbers/{sid}/release", {"force": True})
    must_hear(server, USUAL)
    wait_until_sync(lambda: server.types()["message.delivered"] == 4)
    wait_until_sync(lambda: server.types()["event_message.delivered"] == len(GUESTS) - 1)
    assert all(call.verified for call in server.calls)
    assert len(server.calls) == len(server.events)
    once = {each for each in USUAL if not each.startswith(("message.", "event_message."))}
    assert {type_: server.types()[type_] for type_ in once} == dict.fromkeys(once, 1)
    delivered = [e.data for e in server.events if e.type == "message.delivered"]
    [told] = [data for data in delivered if data["id"] == text["id"]]
    shown = api.get(f"/api/messages/{text['id']}")["message"]
    names = {"contactName", "campaignName", "userName", "readAt"}
    assert {k: v for k, v in told.items() if k not in names} == {
        k: v for k, v in shown.items() if k not in names
    }


def test_each_event_about_a_failure_is_delivered_and_signed(
    platform: Platform, acme: Organisation, server: CustomerServer
) -> None:
    api = acme.api
    for phone in (UNREACHABLE, REFUSED):
        api.post("/api/sms/send", {"to": phone, "message": "Hello"})
    event = Event.create(api, "Opening")
    for phone in (UNREACHABLE, REFUSED):
        event.add("Ann", phone)
    event.notify("invitation")
    list_id, _ = acme.list_from("People", csv_of(audience(20, first=9_600)))
    platform.pace(acme, 1)
    campaign = acme.draft("Doors", list_id, "Hi")
    acme.send(campaign)
    api.patch(f"/api/campaigns/{campaign}/pause", {})
    api.put("/api/billing/settings", {"minBalanceCents": 100_000, "notifyEmails": []})
    platform.command("billing", "job", "alert-low-balances")
    registered(api)
    must_hear(server, TROUBLE)
    assert all(call.verified for call in server.calls)
    once = TROUBLE - {"registration.changed"}
    assert {type_: server.types()[type_] for type_ in once} == dict.fromkeys(once, 1)


def test_the_tests_of_this_file_cause_every_type_of_event() -> None:
    assert set(event_types()) == USUAL | TROUBLE


def test_customer_events_wait_while_the_delivery_process_is_down(
    platform: Platform, acme: Organisation, server: CustomerServer
) -> None:
    platform.stack.process("delivery").kill(keep_down=True)
    sent = acme.api.post("/api/sms/send", {"to": audience(1, first=9_600)[0], "message": "Hello"})
    wait_until_sync(
        lambda: acme.api.get(f"/api/messages/{sent['id']}")["message"]["status"] == "delivered"
    )
    assert "message.delivered" not in server.types()
    platform.stack.process("delivery").start()
    wait_until_sync(lambda: server.types()["message.delivered"] == 1, 60)
    assert all(call.verified for call in server.calls)


def test_customer_events_that_a_wiped_bus_lost_are_delivered(
    platform: Platform, acme: Organisation, server: CustomerServer
) -> None:
    platform.stack.process("delivery").kill(keep_down=True)
    sent = acme.api.post("/api/sms/send", {"to": audience(1, first=9_610)[0], "message": "Hello"})
    wait_until_sync(
        lambda: acme.api.get(f"/api/messages/{sent['id']}")["message"]["status"] == "delivered"
    )
    wait_until_sync(lambda: not platform.rows("messaging", _NOT_PUBLISHED))
    platform.stack.nats.wipe()
    platform.stack.process("delivery").start()
    wait_until_sync(lambda: server.types()["message.delivered"] == 1)
    assert all(call.verified for call in server.calls)
    assert len(server.calls) == len(server.events)
