"""Responses have the headers for CORS and for browser security."""

import pytest

from services.gateway.tests.conftest import ORIGIN
from services.gateway.tests.members import Client, Member


def preflight(client: Client, origin: str) -> dict[str, str]:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization",
    }
    answer = client.options("/api/me", headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    return dict(answer.headers)


@pytest.mark.parametrize("origin", [ORIGIN, "https://other.test"])
def test_a_known_origin_gets_cors_headers(client: Client, member: Member, origin: str) -> None:
    allowed = preflight(client, origin)
    assert allowed["access-control-allow-origin"] == origin
    assert "PATCH" in allowed["access-control-allow-methods"]
    assert "Authorization" in allowed["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in allowed
    answer = client.get("/api/me", headers={**member.headers, "Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert "RateLimit-Remaining" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "null", f"{ORIGIN}.evil.test", "http://console.test", f"{ORIGIN}:8443"],
)
def test_an_unknown_origin_gets_no_cors_headers(
    client: Client, member: Member, origin: str
) -> None:
    assert not [name for name in preflight(client, origin) if name.startswith("access-control")]
    answer = client.get("/api/me", headers={**member.headers, "Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_problems_have_cors_headers_too(client: Client) -> None:
    answer = client.get("/api/me", headers={"Origin": ORIGIN})
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


@pytest.mark.parametrize("path", ["/api/me", "/api/nothing", "/api/docs"])
def test_every_response_has_security_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Strict-Transport-Security"].startswith("max-age=")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_responses_are_not_cached(client: Client, member: Member) -> None:
    assert client.get("/api/me", headers=member.headers).headers["Cache-Control"] == "no-store"
