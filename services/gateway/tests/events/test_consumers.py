"""The gateway stores what other services publish for it, and mails notices to owners."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.consumer import Incoming
from servicekit.db.database import Database
from servicekit.web.loop_thread import LoopThread
from services.gateway.events.consumers import AuditEvents, WebhookNotices
from services.gateway.tests.members import Client, Member, sign_up
from services.gateway.usecases.audit_log import AuditLog
from services.gateway.usecases.mail_about_webhooks import MailAboutWebhooks
from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.billing.v1.events_pb2 import Noticed
from smsblaster.messaging.v1.events_pb2 import SubaccountCreated
from smsblaster.webhooks.v1.events_pb2 import DeadLettered
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]
SID = "AC" + "1" * 32
DEAD = "event.gateway.dead_letter"


@pytest.fixture(scope="module")
def publish(
    loop: LoopThread, nats_url: str, gateway_url: str
) -> Iterator[Callable[[str, str, bytes], None]]:
    bus = loop.run(Bus.connect(nats_url, "tests"))
    yield lambda subject, id_, payload: loop.run(bus.publish([BusMessage(subject, id_, payload)]))
    loop.run(bus.close())


def test_audit_entries_that_services_publish_on_the_bus_are_stored(
    publish: Callable[[str, str, bytes], None], rows: Rows
) -> None:
    org = str(uuid4())
    event = AuditRecorded(
        org_id=org, action="number_bought", entity_type="twilio_number", entity_id="PN1"
    )
    event.meta.update({"country": "US"})
    event.created_at.FromJsonString("2026-02-03T04:05:06.789Z")
    last = AuditRecorded(org_id=org, actor_user_id=str(uuid4()), action="last")
    publish("event.messaging.audit", f"{org}-1", event.SerializeToString())
    publish("event.messaging.audit", f"{org}-2", last.SerializeToString())
    query = "SELECT * FROM audit_logs WHERE org_id = :org ORDER BY action"
    wait_until_sync(lambda: len(rows(query, org=org)) == 2)
    kept, bought = rows(query, org=org)
    assert str(kept["actor_user_id"]) == last.actor_user_id
    assert (bought["action"], bought["actor_user_id"]) == ("number_bought", None)
    assert bought["meta"] == {"country": "US"}
    assert str(bought["created_at"]) == "2026-02-03 04:05:06.789000+00:00"


def test_a_repeated_bus_event_is_stored_once(
    loop: LoopThread, database: Database, rows: Rows
) -> None:
    org = str(uuid4())
    event = AuditRecorded(org_id=org, action="number_bought").SerializeToString()
    message = Incoming(f"{org}-1", "event.messaging.audit", event)
    for _ in range(2):
        loop.run(AuditEvents(AuditLog(database)).handle([message]))
    assert len(rows("SELECT * FROM audit_logs WHERE org_id = :org", org=org)) == 1


def test_a_new_subaccount_is_stored_on_the_profiles_of_its_organisation(
    publish: Callable[[str, str, bytes], None], client: Client, member: Member
) -> None:
    other = sign_up(client)
    event = SubaccountCreated(org_id=member.org_id, sub_account_sid=SID)
    publish("event.messaging.subaccount_created", str(uuid4()), event.SerializeToString())

    def noted() -> bool:
        profile = client.get("/api/me", headers=member.headers).json()
        return bool(profile["twilioSubAccountSid"] == SID)

    wait_until_sync(noted)
    profile = client.get("/api/me", headers=other.headers).json()
    assert profile["twilioSubAccountSid"] is None


@pytest.mark.poison("gateway-webhook-notices")
def test_owners_get_one_mail_about_a_webhook_endpoint_that_fails(
    publish: Callable[[str, str, bytes], None], client: Client, rows: Rows
) -> None:
    owner = sign_up(client)
    subject, id_ = "event.webhooks.notice", uuid4().hex
    notice = Noticed(org_id=str(owner.org_id), type="webhook_failing", message="It fails.")
    other = Noticed(org_id=str(owner.org_id), type="of_the_next_release", message="More.")
    publish(subject, uuid4().hex, b"\xff\xff")
    publish(subject, uuid4().hex, other.SerializeToString())
    publish(subject, id_, notice.SerializeToString())
    mailed = "SELECT kind FROM mails WHERE org_id = :org AND kind LIKE 'webhook%'"
    wait_until_sync(lambda: rows(mailed, org=owner.org_id))
    assert rows(mailed, org=owner.org_id) == [{"kind": "webhook_failing"}]


def test_a_repeated_notice_about_an_endpoint_is_mailed_once(
    loop: LoopThread, database: Database, client: Client, rows: Rows
) -> None:
    owner = sign_up(client)
    notice = Noticed(org_id=str(owner.org_id), type="webhook_disabled", message="Disabled.")
    message = Incoming(uuid4().hex, "event.webhooks.notice", notice.SerializeToString())
    for _ in range(2):
        loop.run(WebhookNotices(MailAboutWebhooks(database)).handle([message]))
    mailed = "SELECT kind FROM mails WHERE org_id = :org AND kind LIKE 'webhook%'"
    assert rows(mailed, org=owner.org_id) == [{"kind": "webhook_disabled"}]


@pytest.mark.poison("gateway-audit", "gateway-subaccounts")
def test_a_message_that_cannot_be_decoded_does_not_stop_the_others(
    publish: Callable[[str, str, bytes], None], client: Client, member: Member, rows: Rows
) -> None:
    other = sign_up(client)
    ids = [uuid4().hex, uuid4().hex]
    bad = AuditRecorded(org_id="no id", action="x").SerializeToString()
    publish("event.messaging.audit", ids[0], bad)
    fine = AuditRecorded(org_id=str(other.org_id), action="fine").SerializeToString()
    publish("event.messaging.audit", uuid4().hex, fine)
    publish("event.messaging.subaccount_created", ids[1], b"\xff\xff")
    event = SubaccountCreated(org_id=other.org_id, sub_account_sid="AC" + "2" * 32)
    publish("event.messaging.subaccount_created", uuid4().hex, event.SerializeToString())
    kept = "SELECT 1 FROM audit_logs WHERE org_id = :org AND action = 'fine'"
    wait_until_sync(lambda: rows(kept, org=other.org_id))
    noted = "SELECT 1 FROM user_profiles WHERE org_id = :org AND twilio_sub_account_sid IS NOT NULL"
    wait_until_sync(lambda: rows(noted, org=other.org_id))
    told = "SELECT encode(payload, 'hex') AS payload FROM outbox WHERE subject = :dead"

    def buried() -> bool:
        letters = (bytes.fromhex(str(row["payload"])) for row in rows(told, dead=DEAD))
        return set(ids) <= {DeadLettered.FromString(letter).message_id for letter in letters}

    wait_until_sync(buried)
