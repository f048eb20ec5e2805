"""Which data of test organisations operators see, and the request log of test mode."""

from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import httpx
import pytest

from servicekit.modes import org_in_test_mode
from services.gateway.tests.members import Client, Member, problem, sign_up
from services.gateway.tests.rpc.messaging_backend import in_test_mode
from services.gateway.tests.rpc.test_api_keys import bearing, make_key
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]


@pytest.fixture
def client(with_messaging: str) -> Iterator[Client]:
    with httpx.Client(base_url=with_messaging, timeout=60) as client:
        yield client


def test_operators_see_live_organisations_only_and_marked_entries_of_the_audit_log(
    client: Client, member: Member, rows: Rows
) -> None:
    named = sign_up(client, orgName=f"Both modes {uuid4().hex}")
    in_test_mode(client, named)
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=member.id)
    query = {"search": client.get("/api/org", headers=named.headers).json()["name"]}
    found = client.get("/api/admin/organisations", params=query, headers=member.headers)
    assert [each["id"] for each in found.json()["items"]] == [named.org_id]
    test_org = str(org_in_test_mode(UUID(named.org_id)))
    client.get("/api/twilio/numbers?country=DE", headers=in_test_mode(client, named))
    renamed = client.patch("/api/org", json={"name": "New name"}, headers=named.headers)
    assert renamed.status_code == 200
    log = client.get("/api/admin/audit", params={"orgId": test_org}, headers=member.headers).json()
    assert {entry["orgName"] for entry in log["items"]} == {"New name (test mode)"}
    wish = {"orgId": test_org, "amountCents": 500, "reason": "test"}
    refused = client.post("/api/admin/billing/adjust", json=wish, headers=member.headers)
    problem(refused, 404, "organisation_not_found")


def test_an_operator_in_test_mode_can_change_nothing_of_live_organisations(
    client: Client, member: Member, rows: Rows
) -> None:
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=member.id)
    headers = in_test_mode(client, member)
    for path in ("billing/adjust", f"twilio/subaccounts/{member.org_id}/suspend"):
        answer = client.post(f"/api/admin/{path}", json={}, headers=headers)
        problem(answer, 403, "not_in_test_mode")


def test_a_request_of_a_test_key_is_found_by_its_key_and_user_in_test_mode(
    client: Client, member: Member
) -> None:
    key = make_key(client, member, name="try", mode="test")
    request_id = client.get("/api/me", headers=bearing(key["key"])).headers["X-Request-Id"]

    def found() -> bool:
        path = f"/api/request-log/{request_id}"
        return client.get(path, headers=bearing(key["key"])).status_code == 200

    wait_until_sync(found, message="the request is logged")
    for filters in ({"apiKeyId": key["apiKey"]["id"]}, {"userId": member.id}):
        params = {**filters, "requestId": request_id}
        answer = client.get("/api/request-log", params=params, headers=bearing(key["key"]))
        assert answer.status_code == 200, answer.text
        [entry] = answer.json()["items"]
        assert (entry["apiKeyName"], entry["userName"]) == ("try", "Ann Lee")
    stranger = sign_up(client)
    params = {"userId": stranger.id}
    problem(
        client.get("/api/request-log", params=params, headers=bearing(key["key"])),
        403,
        "cross_org_access",
    )
    of_live = {"requestId": request_id}
    answer = client.get("/api/request-log", params=of_live, headers=member.headers)
    assert answer.json()["items"] == []
