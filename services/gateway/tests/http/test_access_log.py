"""The access log has one line for each request, without private data."""

from collections.abc import Callable
from typing import Any

import pytest
from structlog.testing import LogCapture

from services.gateway.http import access_log
from services.gateway.tests.members import PASSWORD, Client, Member
from tests.fixtures.logged import logging_to

Captured = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def captured(gateway_url: str, member: Member, monkeypatch: pytest.MonkeyPatch) -> Captured:
    """Return a function that returns the access log's lines since the test began."""
    capture = LogCapture()
    monkeypatch.setattr(access_log, "log", logging_to(capture))
    return lambda: [dict(line) for line in capture.entries]


def test_each_request_is_one_log_line(client: Client, member: Member, captured: Captured) -> None:
    headers = {**member.headers, "X-Request-Id": "my-request"}
    client.get("/api/contacts/0190e2a0-0000-7000-8000-000000000001", headers=headers)
    [line] = captured()
    assert line["method"] == "GET"
    assert line["route"] == "/api/contacts/<id>"
    assert line["status"] == 200
    assert line["request_id"] == "my-request"
    assert (line["user_id"], line["org_id"]) == (member.id, member.org_id)
    assert 0 < line["ms"] < 20_000


def test_each_request_has_a_trace_that_its_client_does_not_choose(
    client: Client, member: Member, captured: Captured
) -> None:
    given = "0af7651916cd43dd8448eb211c80319c"
    headers = {**member.headers, "traceparent": f"00-{given}-b7ad6b7169203331-01"}
    for _ in range(2):
        client.get("/api/me", headers=headers)
    first, second = (line["trace_id"] for line in captured())
    assert len({given, first, second}) == 3


def test_nothing_private_is_logged(client: Client, member: Member, captured: Captured) -> None:
    client.get("/api/contacts?search=%2B14155550123", headers=member.headers)
    client.post("/api/auth/login", json={"email": member.email, "password": PASSWORD})
    client.patch("/api/me", json={"phone": "+14155552671"}, headers=member.headers)
    text = str(captured())
    assert len(captured()) == 3
    for private in ("4155550123", "4155552671", PASSWORD, member.email):
        assert private not in text
    assert member.session["accessToken"] not in text


def test_an_unknown_path_is_not_repeated_in_the_log(client: Client, captured: Captured) -> None:
    client.get("/api/%0Aforged+14155550123")
    [line] = captured()
    assert line["route"] == "none"
    assert "forged" not in str(line)


def test_the_log_line_of_a_sign_in_has_the_ip_address_and_the_user(
    client: Client, member: Member, captured: Captured
) -> None:
    for password in ("not the password", PASSWORD):
        client.post("/api/auth/login", json={"email": member.email, "password": password})
    bad, good = captured()
    assert (bad["status"], bad["address"], bad["user_id"]) == (401, "127.0.0.1", None)
    assert (good["status"], good["address"]) == (200, "127.0.0.1")
    assert (good["user_id"], good["org_id"]) == (member.id, member.org_id)
