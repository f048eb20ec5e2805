"""Versions: ``ETag`` in responses, ``If-Match`` in requests, and 412 when they differ."""

from collections.abc import Callable
from typing import Any

import pytest

from services.gateway.http.openapi.document import document
from services.gateway.tests.members import Client, Member, fields_at_fault, problem
from services.gateway.tests.rpc.backends import CURRENT_VERSION

CONTACT = "/api/contacts/0190e2a0-0000-7000-8000-000000000001"

Change = Callable[[str | None], Any]


@pytest.fixture
def change(client: Client, member: Member) -> Change:
    """Return a function that changes a contact, with a version in ``If-Match``."""

    def patch(expected: str | None) -> Any:
        conditions = {"If-Match": expected} if expected else {}
        return client.patch(
            CONTACT, json={"firstName": "Ann"}, headers={**member.headers, **conditions}
        )

    return patch


def test_a_response_has_the_version_of_its_object_as_etag(client: Client, member: Member) -> None:
    answer = client.get(CONTACT, headers=member.headers)
    assert answer.json()["version"] == CURRENT_VERSION
    assert answer.headers["ETag"] == f'"{CURRENT_VERSION}"'
    assert "ETag" not in client.get("/api/me/sessions", headers=member.headers).headers


@pytest.mark.parametrize("expected", [None, "*", f'"{CURRENT_VERSION}"', f'W/"{CURRENT_VERSION}"'])
def test_a_change_that_expects_the_current_version_is_made(
    change: Change, expected: str | None
) -> None:
    assert change(expected).status_code == 200


def test_a_change_that_expects_an_older_version_gets_412_with_the_changed_fields(
    change: Change,
) -> None:
    document = problem(change('"2"'), 412, "version_mismatch")
    assert document["version"] == CURRENT_VERSION
    assert document["changedFields"] == ["lastName"]
    assert "lastName" in document["detail"]


@pytest.mark.parametrize("expected", ["3", '"three"', '"1", "2"', '""', '"-1"'])
def test_a_malformed_version_is_refused(change: Change, expected: str) -> None:
    assert fields_at_fault(change(expected)) == ["If-Match"]


def test_a_deletion_can_require_a_version_too(client: Client, member: Member) -> None:
    headers = {**member.headers, "If-Match": '"2"'}
    problem(client.delete(CONTACT, headers=headers), 412, "version_mismatch")


def test_the_version_is_refused_in_the_body_and_in_the_query_string(
    client: Client, member: Member
) -> None:
    in_body = client.patch(CONTACT, json={"ifVersion": 1}, headers=member.headers)
    assert fields_at_fault(in_body) == ["ifVersion"]
    in_query = client.delete(f"{CONTACT}?ifVersion=1", headers=member.headers)
    assert fields_at_fault(in_query) == ["ifVersion"]


def test_a_route_without_versions_refuses_the_header_if_match(
    client: Client, member: Member
) -> None:
    headers = {**member.headers, "If-Match": '"1"'}
    role = client.patch(f"/api/org/members/{member.id}", json={"role": "admin"}, headers=headers)
    assert fields_at_fault(role) == ["If-Match"]
    assert client.get("/api/me", headers=headers).status_code == 200


def test_null_in_a_patch_removes_the_value_of_a_field(client: Client, member: Member) -> None:
    body = {"firstName": None, "tags": None}
    answer = client.patch(CONTACT, json=body, headers=member.headers).json()
    assert answer["email"] == "emptied: first_name, tags"


def test_null_for_a_required_field_is_refused(client: Client, member: Member) -> None:
    answer = client.patch(CONTACT, json={"phone": None}, headers=member.headers)
    assert fields_at_fault(answer) == ["phone"]
    assert answer.json()["errors"][0]["message"] == "can't be empty; leave it out to keep its value"


def test_the_api_document_describes_versions_and_nulls() -> None:
    patch = document()["paths"]["/api/contacts/{id}"]["patch"]
    assert {"$ref": "#/components/parameters/IfMatch"} in patch["parameters"]
    assert "412" in patch["responses"]
    assert "ETag" in patch["responses"]["200"]["headers"]
    fields = patch["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert fields["firstName"]["type"] == ["string", "null"]
    assert fields["phone"]["type"] == "string"
    assert "ifVersion" not in fields
    role = document()["paths"]["/api/org/members/{userId}"]["patch"]
    assert {"$ref": "#/components/parameters/IfMatch"} not in role["parameters"]
