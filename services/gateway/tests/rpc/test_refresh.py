"""Refresh tokens: used by several tabs at once, reused, expired or revoked."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from servicekit.db.database import Database
from servicekit.web.loop_thread import LoopThread
from services.gateway.settings import GatewaySettings
from services.gateway.storage.session_tokens import SessionTokens
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.tests.members import (
    Client,
    Member,
    fields_at_fault,
    problem,
    refresh,
    sign_up,
)
from services.gateway.usecases.sessions import Sessions

Rows = Callable[..., list[dict[str, object]]]
TABS = 10


def end_grace(rows: Rows, member: Member) -> None:
    """Move the time at which the member's tokens were used back, so the grace period is over."""
    rows(
        "UPDATE refresh_tokens SET used_at = used_at - interval '31 seconds' WHERE org_id = :org",
        org=member.org_id,
    )


def at_once(client: Client, token: str) -> list[httpx.Response]:
    """Refresh with the same token in ten tabs at the same time. Return the responses."""
    with ThreadPoolExecutor(TABS) as tabs:
        return list(tabs.map(lambda _: refresh(client, token), range(TABS)))


def test_a_refresh_token_is_exchanged_for_a_new_one(client: Client, member: Member) -> None:
    renewed = refresh(client, member.session["refreshToken"])
    assert renewed.status_code == 200
    assert renewed.json()["refreshToken"] != member.session["refreshToken"]
    assert renewed.json()["user"] == member.session["user"]
    assert refresh(client, renewed.json()["refreshToken"]).status_code == 200


def test_ten_tabs_that_refresh_at_once_get_the_same_new_token(
    client: Client, member: Member, rows: Rows
) -> None:
    answers = at_once(client, member.session["refreshToken"])
    assert [answer.status_code for answer in answers] == [200] * TABS
    [successor] = {answer.json()["refreshToken"] for answer in answers}
    stored = rows("SELECT FROM refresh_tokens WHERE org_id = :org", org=member.org_id)
    assert len(stored) == 2
    for answer in answers:
        headers = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
        assert client.get("/api/me", headers=headers).status_code == 200
    assert refresh(client, successor).status_code == 200


def test_a_late_tab_gets_the_same_new_token_even_if_another_tab_has_used_it(
    client: Client, member: Member
) -> None:
    first = refresh(client, member.session["refreshToken"]).json()["refreshToken"]
    second = refresh(client, first).json()["refreshToken"]
    assert refresh(client, member.session["refreshToken"]).json()["refreshToken"] == first
    assert refresh(client, first).json()["refreshToken"] == second


def test_a_token_reused_after_the_grace_period_ends_the_session_and_is_audited(
    client: Client, member: Member, rows: Rows
) -> None:
    renewed = refresh(client, member.session["refreshToken"]).json()
    end_grace(rows, member)
    assert client.get("/api/me", headers=Member(renewed).headers).status_code == 200
    problem(refresh(client, member.session["refreshToken"]), 401, "bad_refresh_token")
    problem(client.get("/api/me", headers=Member(renewed).headers), 401, "unauthenticated")
    problem(refresh(client, renewed["refreshToken"]), 401, "bad_refresh_token")
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'refresh_token_reused'",
        org=member.org_id,
    )
    assert str(entry["actor_user_id"]) == member.id


def test_the_grace_period_is_thirty_seconds_by_the_databases_clock(
    client: Client, member: Member, rows: Rows
) -> None:
    used = member.session["refreshToken"]
    successor = refresh(client, used).json()["refreshToken"]
    rows(
        "UPDATE refresh_tokens SET used_at = used_at - interval '20 seconds' WHERE org_id = :org",
        org=member.org_id,
    )
    assert refresh(client, used).json()["refreshToken"] == successor


def test_a_used_token_whose_successor_is_unknown_is_refused_but_ends_no_session(
    client: Client, member: Member, rows: Rows
) -> None:
    renewed = refresh(client, member.session["refreshToken"]).json()
    rows(
        "UPDATE refresh_tokens SET token_hash = sha256(token_hash)"
        " WHERE org_id = :org AND used_at IS NULL",
        org=member.org_id,
    )
    problem(refresh(client, member.session["refreshToken"]), 401, "bad_refresh_token")
    assert client.get("/api/me", headers=Member(renewed).headers).status_code == 200


def test_tabs_get_the_same_new_token_while_the_platforms_key_is_replaced(
    client: Client,
    member: Member,
    settings: GatewaySettings,
    loop: LoopThread,
    database: Database,
) -> None:
    used = member.session["refreshToken"]
    successor = refresh(client, used).json()["refreshToken"]
    tokens = SessionTokens(SigningKeys(Path(settings.jwt_keys_dir)), timedelta(days=90))
    restarted = Sessions(
        database, tokens, [b"the new key of the platform 32by", *settings.token_keys()]
    )
    assert loop.run(restarted.refresh(used)).refresh_token == successor


def test_after_a_sign_out_during_a_refresh_all_tokens_of_the_session_are_refused(
    client: Client,
) -> None:
    for _ in range(5):
        member = sign_up(client)
        token = member.session["refreshToken"]
        with ThreadPoolExecutor(4) as tabs:
            refreshes = [tabs.submit(refresh, client, token) for _ in range(3)]
            body = {"refreshToken": token}
            tabs.submit(client.post, "/api/auth/logout", json=body).result()
        for answer in (tab.result() for tab in refreshes):
            if answer.status_code == 200:
                problem(refresh(client, answer.json()["refreshToken"]), 401, "bad_refresh_token")
                signed_in = Member(answer.json()).headers
                problem(client.get("/api/me", headers=signed_in), 401, "unauthenticated")


def test_a_session_ends_after_ninety_days_however_often_it_is_refreshed(
    client: Client, member: Member, rows: Rows
) -> None:
    ends_at = datetime.fromisoformat(member.session["sessionEndsAt"])
    left = ends_at - datetime.now(UTC)
    assert timedelta(days=89) < left <= timedelta(days=90)
    aged = "UPDATE sessions SET created_at = created_at - interval '{}' WHERE org_id = :org"
    rows(aged.format("89 days 23 hours 55 minutes"), org=member.org_id)
    renewed = refresh(client, member.session["refreshToken"]).json()
    assert 0 < renewed["expiresIn"] <= 300
    [stored] = rows(
        "SELECT max(expires_at) <= now() + interval '5 minutes' AS capped"
        " FROM refresh_tokens WHERE org_id = :org AND used_at IS NULL",
        org=member.org_id,
    )
    assert stored["capped"]
    rows(aged.format("5 minutes"), org=member.org_id)
    problem(refresh(client, renewed["refreshToken"]), 401, "bad_refresh_token")


def test_an_expired_refresh_token_is_refused(client: Client, member: Member, rows: Rows) -> None:
    rows("UPDATE refresh_tokens SET expires_at = now() WHERE org_id = :org", org=member.org_id)
    problem(refresh(client, member.session["refreshToken"]), 401, "bad_refresh_token")


@pytest.mark.parametrize("token", ["x", "ключ", "a" * 500])
def test_an_unknown_refresh_token_is_refused(client: Client, token: str) -> None:
    problem(refresh(client, token), 401, "bad_refresh_token")


@pytest.mark.parametrize("body", [{}, {"refreshToken": ""}, {"refreshToken": "a" * 501}])
@pytest.mark.parametrize("route", ["refresh", "logout"])
def test_a_request_without_a_proper_token_gets_an_error_for_its_field(
    client: Client, route: str, body: dict[str, str]
) -> None:
    assert fields_at_fault(client.post(f"/api/auth/{route}", json=body)) == ["refreshToken"]
