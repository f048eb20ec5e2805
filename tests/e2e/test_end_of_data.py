"""What the platform stores about a person or an organisation ends when somebody wants that."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from deploy.local.testkit.api import ApiProblem, Json
from servicekit.db.database import Database
from services.billing.storage.org_tables import BOOKS
from tests.fixtures.platform import Platform, audience
from tests.fixtures.traces import traces_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

NAME = "Wilhelmine"
SERVICES = ("billing", "campaigns", "contacts", "gateway", "messaging", "webhooks")


def tables_with(platform: Platform, *traces: str) -> Mapping[str, set[str]]:
    """Return the tables of each service that contain one of `traces`."""

    async def look() -> dict[str, set[str]]:
        found = {}
        for service in SERVICES:
            database = Database(platform.stack.postgres.url(service), 1)
            found[service] = await traces_of(database, *traces)
            await database.close()
        return {service: tables for service, tables in found.items() if tables}

    return asyncio.run(look())


def test_the_copy_of_an_organisations_data_has_rows_of_every_service(platform: Platform) -> None:
    organisation, other = platform.organisation(), platform.organisation()
    api, [phone] = organisation.api, audience(1, 9_200)
    api.post("/api/sms/send", {"to": phone, "message": "Dear Ottilie"})
    endpoint = {"url": "https://example.com/hooks"}
    secret = api.post("/api/webhooks/endpoints", endpoint)["secret"]
    rows: list[Json] = []
    page: Json = {"nextCursor": ""}
    while page["nextCursor"] is not None:
        query = {"cursor": page["nextCursor"]} if page["nextCursor"] else {}
        page = api.get("/api/org/data", **query)
        rows += page["items"]
    assert {row["service"] for row in rows} == {*SERVICES} - {"campaigns"}
    [text] = [json.loads(row["row"]) for row in rows if row["table"] == "sms_messages"]
    assert (text["to_number"], text["body"]) == (phone, "Dear Ottilie")
    told = "".join(row["row"] for row in rows)
    assert secret not in told
    assert other.org_id not in told


def test_an_erased_person_is_in_no_database_and_can_not_be_texted(platform: Platform) -> None:
    organisation = platform.organisation()
    api, [phone] = organisation.api, audience(1, 9_100)
    api.post("/api/contacts", {"phone": phone, "firstName": NAME, "tags": ["vip"]})
    api.post("/api/sms/send", {"to": phone, "message": f"Dear {NAME}"})
    organisation.simulator.text(phone, organisation.numbers[0], f"{NAME} here")
    wait_until_sync(lambda: bool(api.get("/api/messages/threads")["items"][0]["unreadCount"]), 60)
    assert {"contacts", "messaging", "webhooks"} <= tables_with(platform, NAME).keys()
    erasure = api.post("/api/erasures", {"phone": phone})
    path = f"/api/erasures/{erasure['id']}"
    wait_until_sync(lambda: api.get(path)["status"] == "done", timeout=120)
    counts = api.get(path)["counts"]
    assert (counts["messages"], counts["contacts"], counts["conversations"]) == (2, 1, 1)
    assert tables_with(platform, NAME, NAME.lower()) == {}
    assert api.get("/api/contacts")["total"] == 0
    [message] = api.get("/api/history/messages?pageSize=5")["items"]
    assert (message["to"], message["status"]) == ("erased", "delivered")
    with pytest.raises(ApiProblem) as refused:
        api.post("/api/sms/send", {"to": phone, "message": "Hello"})
    assert refused.value.code == "opted_out"
    assert {"person_erasure_requested", "person_erased"} <= {
        entry["action"] for entry in api.get("/api/audit")["items"]
    }


def test_a_closed_organisation_leaves_its_books_and_a_receipt(platform: Platform) -> None:
    organisation, operator = platform.organisation(), platform.operator()
    org_id, api = organisation.org_id, organisation.api
    api.post("/api/org/close", {"name": api.get("/api/org")["name"]})
    sent = "SELECT FROM closings WHERE org_id = %s AND suspended_at IS NOT NULL"
    wait_until_sync(lambda: bool(platform.rows("gateway", sent, org_id)), timeout=60)
    with pytest.raises(ApiProblem) as refused:
        api.get("/api/org")
    assert refused.value.status == 401
    due = "UPDATE closings SET delete_at = now() WHERE org_id = %s RETURNING id"
    platform.rows("gateway", due, org_id)

    def receipt() -> Json:
        found = operator.api.get("/api/admin/closings?limit=200")["items"]
        return next(each for each in found if each["orgId"] == org_id)

    wait_until_sync(lambda: receipt()["status"] == "deleted", timeout=180)
    told = receipt()
    assert told["counts"]["twilio_subaccounts_closed"] == 1
    assert told["numbersReleased"] == len(organisation.numbers)
    assert told["balanceCents"] > 0
    left = {**tables_with(platform, org_id)}
    assert left.pop("billing") <= {*BOOKS, "notices"}
    # Calls of Stripe belong to no organisation. They are deleted after RETENTION_DAYS.
    assert left.pop("webhooks", set()) <= {"webhook_logs"}
    assert not platform.rows("webhooks", "SELECT FROM webhook_logs WHERE org_id = %s", org_id)
    assert left == {"gateway": {"closings", "audit_logs"}}
