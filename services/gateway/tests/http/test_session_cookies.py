"""Browsers keep their refresh token in a cookie. Programs keep it in the JSON."""

from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import PASSWORD, Client, Member, problem, sign_up
from tests.fixtures.running import listening

Rows = Callable[..., list[dict[str, object]]]
NAME = "__Secure-smsblaster_session"
BROWSER = {"X-Session": "cookie", "Sec-Fetch-Site": "same-origin"}


def cookie_of(answer: httpx.Response) -> "Morsel[str]":
    """Return the only cookie that a response sets."""
    [header] = answer.headers.get_list("Set-Cookie")
    [morsel] = SimpleCookie(header).values()
    return morsel


def sign_in(client: Client, member: Member, **headers: str) -> httpx.Response:
    given = {"email": member.email, "password": PASSWORD}
    return client.post("/api/auth/login", json=given, headers=headers)


def by_cookie(client: Client, route: str, cookie: str, **headers: str) -> httpx.Response:
    sent = {**BROWSER, **headers, "Cookie": f"{NAME}={cookie}"}
    return client.post(f"/api/auth/{route}", headers=sent)


def test_a_browser_gets_its_refresh_token_in_a_cookie_that_scripts_cannot_read(
    client: Client, member: Member
) -> None:
    answer = sign_in(client, member, **BROWSER)
    assert answer.json()["refreshToken"] is None
    assert answer.json()["accessToken"]
    cookie = cookie_of(answer)
    assert cookie.key == NAME
    assert (cookie["httponly"], cookie["secure"]) == (True, True)
    assert cookie["samesite"] == "Strict"
    assert cookie["path"] == "/api/auth"
    assert cookie["domain"] == ""
    assert int(cookie["max-age"]) == 30 * 24 * 3600


def test_a_program_gets_its_refresh_token_in_the_response_and_no_cookie(
    client: Client, member: Member
) -> None:
    answer = sign_in(client, member)
    assert answer.json()["refreshToken"]
    assert "Set-Cookie" not in answer.headers


def test_a_browser_refreshes_and_signs_out_with_the_cookie(client: Client, member: Member) -> None:
    first = cookie_of(sign_in(client, member, **BROWSER)).value
    renewed = by_cookie(client, "refresh", first)
    assert renewed.status_code == 200
    assert renewed.json()["refreshToken"] is None
    second = cookie_of(renewed).value
    assert second != first
    ended = by_cookie(client, "logout", second)
    assert ended.status_code == 204
    assert (cookie_of(ended).value, cookie_of(ended)["max-age"]) == ("", "0")
    refused = by_cookie(client, "refresh", second)
    problem(refused, 401, "bad_refresh_token")
    # Another tab may have signed in again, so its cookie is not deleted.
    assert "Set-Cookie" not in refused.headers


def test_a_browser_without_a_cookie_is_not_signed_in(client: Client) -> None:
    problem(client.post("/api/auth/refresh", headers=BROWSER), 401, "bad_refresh_token")
    assert client.post("/api/auth/logout", headers=BROWSER).status_code == 204


def test_a_cookie_without_the_header_refreshes_no_session(client: Client, member: Member) -> None:
    cookie = cookie_of(sign_in(client, member, **BROWSER)).value
    sent = {"Cookie": f"{NAME}={cookie}"}
    problem(client.post("/api/auth/refresh", headers=sent), 422, "invalid_request")
    assert by_cookie(client, "refresh", cookie).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://app.test"},
        {"Sec-Fetch-Site": "", "Origin": "https://console.test"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": "", "Origin": "https://app.test.evil.example"},
    ],
)
@pytest.mark.parametrize("route", ["refresh", "logout"])
def test_a_page_of_another_site_cannot_use_the_cookie(
    client: Client, member: Member, route: str, headers: dict[str, str]
) -> None:
    cookie = cookie_of(sign_in(client, member, **BROWSER)).value
    refused = by_cookie(client, route, cookie, **headers)
    problem(refused, 403, "cross_site_request")
    assert "Set-Cookie" not in refused.headers
    old_browser = {"Sec-Fetch-Site": "", "Origin": "https://app.test"}
    assert by_cookie(client, "refresh", cookie, **old_browser).status_code == 200


def test_a_page_of_another_site_cannot_sign_a_browser_in(client: Client, member: Member) -> None:
    refused = sign_in(client, member, **{**BROWSER, "Sec-Fetch-Site": "cross-site"})
    problem(refused, 403, "cross_site_request")


def test_a_page_of_another_origin_may_not_send_the_session_header(client: Client) -> None:
    asked = {
        "Origin": "https://console.test",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-session",
    }
    answer = client.options("/api/auth/refresh", headers=asked)
    assert "X-Session" not in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_without_https_the_cookie_lacks_the_attribute_secure(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    changes = {"public_app_url": "http://127.0.0.1:8080", "ops_listen": listening()}
    with (
        serving(settings.model_copy(update=changes), tmp_path) as url,
        httpx.Client(base_url=url, headers=BROWSER, timeout=60) as browser,
    ):
        assert sign_up(browser).session["refreshToken"] is None
        [cookie] = browser.cookies.jar
        assert (cookie.name, cookie.secure) == ("smsblaster_session", False)
        assert browser.post("/api/auth/refresh").status_code == 200
        assert browser.post("/api/auth/logout").status_code == 204
        assert not list(browser.cookies.jar)
        problem(browser.post("/api/auth/refresh"), 401, "bad_refresh_token")
