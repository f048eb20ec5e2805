"""An owner gets a copy of all of the organisation's data, page by page."""

import json
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from services.gateway.tests.members import (
    Client,
    Member,
    actions,
    fields_at_fault,
    join,
    problem,
    sign_up,
)
from services.gateway.tests.rpc.end_of_data.backend import Organisations
from tests.fixtures.running import Simulator

PATH = "/api/org/data"


@pytest.fixture
def owner(client: Client) -> Member:
    return sign_up(client, orgName="Acme Ltd")


def read(client: Client, member: Member, cursor: str | None = None) -> httpx.Response:
    query = {"cursor": cursor} if cursor else {}
    return client.get(PATH, params=query, headers=member.headers)


def all_rows(client: Client, member: Member) -> Sequence[dict[str, Any]]:
    """Return the rows of all pages."""
    rows, cursor = [], None
    while True:
        page = read(client, member, cursor).json()
        rows += page["items"]
        cursor = page["nextCursor"]
        if cursor is None:
            return rows


def test_the_copy_has_the_rows_of_every_service_and_no_secrets(
    client: Client, owner: Member, rows: Any
) -> None:
    stranger = sign_up(client)
    found = all_rows(client, owner)
    services = ["contacts", "campaigns", "messaging", "billing", "webhooks"]
    others = [each["service"] for each in found if each["service"] != "gateway"]
    # The stand-in of each service has a row on each of two pages.
    assert others == [name for name in services for _ in range(2)]
    text = json.dumps(found)
    assert owner.email in text
    assert stranger.email not in text
    assert "password_hash" not in text
    [user] = [json.loads(each["row"]) for each in found if each["table"] == "users"]
    assert (user["id"], user["org_id"]) == (owner.id, owner.org_id)
    assert actions(rows, owner).count("organisation_data_exported") == 1


def test_the_copy_goes_on_after_a_service_was_away(
    client: Client, owner: Member, organisations: Organisations
) -> None:
    first = read(client, owner).json()
    organisations.is_away = True
    problem(read(client, owner, first["nextCursor"]), 503, "service_unavailable")
    page = read(client, owner, first["nextCursor"]).json()
    assert [each["service"] for each in page["items"]] == ["contacts"]


def test_only_an_owner_gets_the_copy(client: Client, simulator: Simulator, owner: Member) -> None:
    for role in ("admin", "member"):
        problem(read(client, join(client, simulator, owner, role)), 403, "forbidden")
    problem(client.get(PATH), 401, "unauthenticated")


def test_a_cursor_of_another_organisation_or_another_list_is_refused(
    client: Client, owner: Member
) -> None:
    theirs = read(client, sign_up(client)).json()["nextCursor"]
    of_audit = client.get("/api/audit?limit=1", headers=owner.headers).json()["nextCursor"]
    for cursor in filter(None, (theirs, of_audit, "x")):
        assert fields_at_fault(read(client, owner, cursor)) == ["cursor"]
