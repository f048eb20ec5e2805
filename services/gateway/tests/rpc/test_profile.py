"""The caller's own profile over the REST API."""

from collections.abc import Callable

import pytest

from services.gateway.tests.members import Client, Member, fields_at_fault, problem, sign_up

Rows = Callable[..., list[dict[str, object]]]


def test_a_profile_shows_who_is_signed_in(client: Client, member: Member) -> None:
    profile = client.get("/api/me", headers=member.headers).json()
    assert profile.pop("createdAt").endswith("Z")
    assert profile == {
        "id": member.id,
        "email": member.email,
        "name": "Ann Lee",
        "phone": None,
        "orgId": member.org_id,
        "orgName": "Ann Lee",
        "roles": ["owner"],
        "emailVerifiedAt": None,
        "twilioSubAccountSid": None,
        "version": 1,
        "mode": "live",
    }


def test_changed_name_and_phone_are_stored(client: Client, member: Member) -> None:
    change = {"name": "Zoë", "phone": "(415) 555-2671"}
    changed = client.patch("/api/me", json=change, headers=member.headers)
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["phone"]) == ("Zoë", "+14155552671")
    assert client.get("/api/me", headers=member.headers).json() == changed.json()


def test_a_change_of_a_profile_that_changed_since_it_was_read_is_refused(
    client: Client, member: Member
) -> None:
    read = client.get("/api/me", headers=member.headers).headers["ETag"]
    conditional = {**member.headers, "If-Match": read}
    changed = client.patch("/api/me", json={"name": "Zoë"}, headers=conditional)
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    refused = client.patch("/api/me", json={"phone": "+14155552671"}, headers=conditional)
    facts = problem(refused, 412, "version_mismatch")
    assert (facts["version"], facts["changedFields"]) == (2, ["name"])
    assert client.get("/api/me", headers=member.headers).json() == changed.json()


def test_absent_fields_stay_and_an_empty_phone_removes_the_number(
    client: Client, member: Member
) -> None:
    client.patch("/api/me", json={"phone": "+14155552671"}, headers=member.headers)
    named = client.patch("/api/me", json={"name": "Bob"}, headers=member.headers).json()
    assert (named["name"], named["phone"]) == ("Bob", "+14155552671")
    removed = client.patch("/api/me", json={"phone": ""}, headers=member.headers).json()
    assert (removed["name"], removed["phone"]) == ("Bob", None)


def test_each_change_is_audited_with_its_field_but_not_its_value(
    client: Client, member: Member, rows: Rows
) -> None:
    client.patch("/api/me", json={"name": "Bob", "phone": "+14155552671"}, headers=member.headers)
    client.patch("/api/me", json={}, headers=member.headers)
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'profile_updated'",
        org=member.org_id,
    )
    assert str(entry["actor_user_id"]) == entry["entity_id"] == member.id
    assert entry["meta"] == {"fields": ["name", "phone"]}


@pytest.mark.parametrize(
    "phone",
    ["abc", "+", "12345", "+1415555", "+1\uff14155552671", "+14155552671;DROP", "x" * 41, 5],
)
def test_an_invalid_phone_number_is_refused(client: Client, member: Member, phone: object) -> None:
    answer = client.patch("/api/me", json={"phone": phone}, headers=member.headers)
    assert fields_at_fault(answer) == ["phone"]


@pytest.mark.parametrize(
    "field", ["id", "email", "orgId", "roles", "role", "isOperator", "emailVerifiedAt", "balance"]
)
def test_fields_other_than_name_and_phone_cannot_be_set(
    client: Client, member: Member, field: str
) -> None:
    answer = client.patch("/api/me", json={field: "x"}, headers=member.headers)
    assert fields_at_fault(answer) == [field]


def test_a_user_cannot_change_another_user(client: Client, member: Member) -> None:
    other = sign_up(client)
    client.patch("/api/me", json={"name": "Mallory"}, headers=other.headers)
    assert client.get("/api/me", headers=member.headers).json()["name"] == "Ann Lee"
