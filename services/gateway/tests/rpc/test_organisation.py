"""The organisation and its members over the REST API."""

from collections.abc import Callable

import httpx
import pytest

from services.gateway.tests.members import (
    PASSWORD,
    Client,
    Member,
    actions,
    fields_at_fault,
    invite,
    join,
    problem,
    sign_up,
)
from tests.fixtures.running import Simulator

Rows = Callable[..., list[dict[str, object]]]
NOWHERE = "0190e2a0-0000-7000-8000-00000000000a"


def test_an_organisations_name_and_time_zone_are_changed(
    client: Client, member: Member, rows: Rows
) -> None:
    shown = client.get("/api/org", headers=member.headers).json()
    assert (shown["id"], shown["timeZone"]) == (member.org_id, "UTC")
    change = {"name": "Acme", "timeZone": "america/NEW_YORK"}
    changed = client.patch("/api/org", json=change, headers=member.headers).json()
    assert (changed["name"], changed["timeZone"]) == ("Acme", "America/New_York")
    assert client.get("/api/org", headers=member.headers).json() == changed
    # The next call to a service carries the new name, although the access token is older.
    told = client.get(f"/api/contacts/{member.id}", headers=member.headers)
    assert told.json()["lastName"] == "Acme"
    assert told.json()["phone"] == "False America/New_York"
    assert actions(rows, member).count("org_updated") == 1


def test_a_change_is_refused_if_the_organisation_changed_since_it_was_read(
    client: Client, member: Member
) -> None:
    version = client.get("/api/org", headers=member.headers).headers["ETag"]
    conditional = {**member.headers, "If-Match": version}
    changed = client.patch("/api/org", json={"name": "Acme"}, headers=conditional)
    assert (changed.status_code, changed.json()["name"]) == (200, "Acme")
    refused = client.patch("/api/org", json={"name": "Other"}, headers=conditional)
    facts = problem(refused, 412, "version_mismatch")
    assert (facts["version"], facts["changedFields"]) == (changed.json()["version"], ["name"])
    assert client.get("/api/org", headers=member.headers).json() == changed.json()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"name": " "}, "name"),
        ({"id": "x"}, "id"),
        ({"auditLogDays": 89}, "auditLogDays"),
        ({"auditLogDays": 3651}, "auditLogDays"),
        ({"name": None}, "name"),
    ],
)
def test_an_invalid_change_of_an_organisation_gets_an_error_for_its_field(
    client: Client, member: Member, change: dict[str, str], field: str
) -> None:
    answer = client.patch("/api/org", json=change, headers=member.headers)
    assert field in fields_at_fault(answer)


def test_an_owner_sets_how_long_the_audit_log_is_kept_and_an_admin_cannot(
    client: Client, simulator: Simulator, member: Member
) -> None:
    def change(who: Member, days: int | None) -> httpx.Response:
        return client.patch("/api/org", json={"auditLogDays": days}, headers=who.headers)

    assert client.get("/api/org", headers=member.headers).json()["auditLogDays"] is None
    assert change(member, 365).json()["auditLogDays"] == 365
    admin = join(client, simulator, member, "admin")
    for days in (90, None):
        problem(change(admin, days), 403, "forbidden")
    assert client.get("/api/org", headers=admin.headers).json()["auditLogDays"] == 365
    assert change(member, None).json()["auditLogDays"] is None


def test_a_changed_role_takes_effect_at_once(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    joined = join(client, simulator, member)
    problem(client.get("/api/org/members", headers=joined.headers), 403, "forbidden")
    path = f"/api/org/members/{joined.id}"
    changed = client.patch(path, json={"role": "admin"}, headers=member.headers)
    assert changed.json()["role"] == "admin"
    listed = client.get("/api/org/members", headers=joined.headers).json()["items"]
    assert [(m["id"], m["role"]) for m in listed] == [
        (joined.id, "admin"),
        (member.id, "owner"),
    ]
    assert actions(rows, member).count("member_role_changed") == 1


def test_only_owners_can_promote_and_demote_owners(
    client: Client, simulator: Simulator, member: Member
) -> None:
    admin = join(client, simulator, member, "admin")
    for user in (admin, member):
        path = f"/api/org/members/{user.id}"
        role = "member" if user is member else "owner"
        answer = client.patch(path, json={"role": role}, headers=admin.headers)
        problem(answer, 403, "forbidden")
    problem(client.delete(f"/api/org/members/{member.id}", headers=admin.headers), 403, "forbidden")
    wanted = {"email": "new-owner@example.com", "role": "owner"}
    answer = client.post("/api/org/invitations", json=wanted, headers=admin.headers)
    problem(answer, 403, "forbidden")


def test_the_last_owner_cannot_be_demoted_or_removed(
    client: Client, simulator: Simulator, member: Member
) -> None:
    path = f"/api/org/members/{member.id}"
    alone = client.patch(path, json={"role": "admin"}, headers=member.headers)
    problem(alone, 409, "last_owner")
    other = join(client, simulator, member, "owner")
    assert client.patch(path, json={"role": "admin"}, headers=other.headers).status_code == 200
    gone = client.patch(
        f"/api/org/members/{other.id}", json={"role": "member"}, headers=other.headers
    )
    problem(gone, 409, "last_owner")


def test_a_deactivated_member_is_refused_at_once_and_still_listed(
    client: Client, simulator: Simulator, member: Member, rows: Rows
) -> None:
    joined = join(client, simulator, member)
    assert client.get("/api/me", headers=joined.headers).status_code == 200
    path = f"/api/org/members/{joined.id}"
    for _ in range(2):
        assert client.delete(path, headers=member.headers).status_code == 204
    problem(client.get("/api/me", headers=joined.headers), 401, "unauthenticated")
    credentials = {"email": joined.email, "password": PASSWORD}
    problem(client.post("/api/auth/login", json=credentials), 403, "account_disabled")
    listed = client.get("/api/org/members", headers=member.headers).json()["items"]
    assert [m["status"] for m in listed] == ["disabled", "active"]
    assert actions(rows, member).count("member_deactivated") == 1


def test_members_cannot_deactivate_themselves(client: Client, member: Member) -> None:
    answer = client.delete(f"/api/org/members/{member.id}", headers=member.headers)
    problem(answer, 409, "own_account")


@pytest.mark.parametrize(
    ("verb", "path", "body"),
    [
        ("PATCH", "/api/org/members/{user}", {"role": "admin"}),
        ("DELETE", "/api/org/members/{user}", None),
        ("DELETE", "/api/org/invitations/{invitation}", None),
    ],
)
def test_another_organisations_members_cannot_be_changed(
    client: Client, member: Member, verb: str, path: str, body: object, rows: Rows
) -> None:
    other = sign_up(client)
    ids = {"user": other.id, "invitation": invite(client, other)["id"]}
    foreign = client.request(verb, path.format(**ids), json=body, headers=member.headers)
    problem(foreign, 403, "cross_org_access")
    nowhere = client.request(
        verb,
        path.format(user=NOWHERE, invitation=NOWHERE),
        json=body,
        headers=member.headers,
    )
    assert nowhere.status_code == 404
    assert client.get("/api/me", headers=other.headers).json()["roles"] == ["owner"]
    [kept] = client.get("/api/org/invitations", headers=other.headers).json()["items"]
    assert kept["status"] == "open"


def test_lists_are_paged_with_a_cursor(client: Client, member: Member) -> None:
    made = [invite(client, member)["id"] for _ in range(3)]
    first = client.get("/api/org/invitations?limit=2", headers=member.headers).json()
    query = f"limit=2&cursor={first['nextCursor']}"
    rest = client.get(f"/api/org/invitations?{query}", headers=member.headers).json()
    assert [i["id"] for i in first["items"] + rest["items"]] == made[::-1]
    assert rest["nextCursor"] is None
    stranger = client.get(f"/api/org/invitations?{query}", headers=sign_up(client).headers)
    assert fields_at_fault(stranger) == ["cursor"]


def test_members_cannot_use_routes_for_admins_and_operators(
    client: Client, simulator: Simulator, member: Member
) -> None:
    joined = join(client, simulator, member)
    attempts = [
        client.patch("/api/org", json={"name": "Mine"}, headers=joined.headers),
        client.get("/api/org/invitations", headers=joined.headers),
        client.post(
            "/api/org/invitations",
            json={"email": "a@example.com", "role": "member"},
            headers=joined.headers,
        ),
        client.post(
            "/api/api-keys", json={"name": "k", "scopes": ["read"]}, headers=joined.headers
        ),
        client.get("/api/audit", headers=joined.headers),
        client.get("/api/admin/users", headers=joined.headers),
    ]
    assert {answer.status_code for answer in attempts} == {403}
