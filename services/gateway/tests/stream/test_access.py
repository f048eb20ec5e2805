"""Who may open a live stream, and for how long."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import pytest

from servicekit.db.database import Database
from servicekit.hints import Hint, Topic
from servicekit.modes import both_of
from servicekit.web.loop_thread import LoopThread
from services.gateway.domain.stream_tickets import StreamTicket, TicketCodec
from services.gateway.settings import GatewaySettings
from services.gateway.storage import sessions
from services.gateway.stream import events
from services.gateway.tests.conftest import ORIGIN
from services.gateway.tests.members import Client, Member, join, problem
from services.gateway.tests.second_factors import Rows, set_up
from services.gateway.tests.stream.conftest import Commit, Open, stream_settings, streaming
from services.gateway.tests.stream.reading import opened, ticket_of
from tests.fixtures.running import Simulator

AGE = "UPDATE sessions SET created_at = created_at - interval '91 days' WHERE org_id = :org"


@pytest.fixture
def ticket(client: Client, member: Member) -> str:
    return str(ticket_of(client, member)["ticket"])


def refused(url: str, ticket: str, **headers: str) -> httpx.Response:
    return httpx.get(url, params={"ticket": ticket}, headers=headers, timeout=100)


def test_a_ticket_is_returned_with_the_url_of_the_live_stream(
    client: Client, member: Member
) -> None:
    ticket = ticket_of(client, member)
    assert ticket["url"] == "https://app.test/api/stream"
    left = datetime.fromisoformat(ticket["expiresAt"]) - datetime.now(UTC)
    assert 20 < left.total_seconds() <= 31


def test_a_ticket_needs_a_session(client: Client, member: Member) -> None:
    problem(client.post("/api/stream/tickets", json={}), 401, "unauthenticated")
    made = client.post(
        "/api/api-keys", json={"name": "key", "scopes": ["write"]}, headers=member.headers
    )
    key = {"X-Api-Key": made.json()["key"]}
    problem(client.post("/api/stream/tickets", json={}, headers=key), 403, "api_key_scope")


def test_a_request_for_a_ticket_is_refused_if_it_has_fields(client: Client, member: Member) -> None:
    given = {"orgId": str(uuid4())}
    answer = client.post("/api/stream/tickets", json=given, headers=member.headers)
    assert answer.status_code == 422


def test_a_ticket_works_once(stream_url: str, ticket: str) -> None:
    with opened(stream_url, ticket) as stream:
        stream.next()
    problem(refused(stream_url, ticket), 401, "stream_ticket_invalid")


@pytest.mark.parametrize("text", ["", "nonsense", "a" * 300, "\u00e9"])
def test_a_forged_ticket_is_refused(stream_url: str, text: str) -> None:
    problem(refused(stream_url, text), 401, "stream_ticket_invalid")


@pytest.mark.parametrize("seconds", [-1, 3600])
def test_a_ticket_works_for_thirty_seconds(
    settings: GatewaySettings, member: Member, stream_url: str, ticket: str, seconds: int
) -> None:
    codec = TicketCodec(settings.token_keys())
    expires_at = datetime.now(UTC).timestamp() + seconds
    other = replace(codec.decode(ticket), id=uuid4(), expires_at=expires_at)
    problem(refused(stream_url, codec.encode(other)), 401, "stream_ticket_invalid")


def test_a_ticket_of_an_ended_session_is_refused(
    client: Client, member: Member, stream_url: str, ticket: str
) -> None:
    sign_out(client, member)
    problem(refused(stream_url, ticket), 401, "stream_ticket_invalid")


def test_a_ticket_signed_with_another_key_is_refused(member: Member, stream_url: str) -> None:
    ids = UUID(member.org_id), UUID(member.id)
    forged = StreamTicket(uuid4(), *ids, uuid4(), datetime.now(UTC).timestamp() + 20)
    text = TicketCodec([b"another key of thirty-two bytes."]).encode(forged)
    problem(refused(stream_url, text), 401, "stream_ticket_invalid")


@pytest.mark.parametrize("origin", ["https://app.test", ORIGIN])
def test_pages_of_the_console_may_open_a_stream(stream_url: str, ticket: str, origin: str) -> None:
    with opened(stream_url, ticket, Origin=origin) as stream:
        assert stream.headers["Access-Control-Allow-Origin"] == origin
        assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["Cache-Control"] == "no-cache, no-transform"
        assert stream.headers["X-Accel-Buffering"] == "no"


def test_pages_of_other_origins_may_not_open_a_stream(stream_url: str, ticket: str) -> None:
    answer = refused(stream_url, ticket, Origin="https://evil.test")
    problem(answer, 403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_stream_process_serves_nothing_but_the_stream(stream_url: str) -> None:
    problem(httpx.get(f"{stream_url}/other"), 404, "not_found")
    problem(httpx.post(stream_url), 405, "method_not_allowed")


def test_signing_out_ends_the_stream(client: Client, member: Member, open_stream: Open) -> None:
    with open_stream(member) as stream:
        stream.next()
        sign_out(client, member)
        assert [event.name for event in stream] == ["end"]


def test_streams_of_both_modes_are_told_that_access_has_ended(
    loop: LoopThread, settings: GatewaySettings, member: Member
) -> None:
    org_id, told = UUID(member.org_id), list[Hint]()

    async def end() -> None:
        database = Database(settings.database_url.get_secret_value(), 1)
        database.pass_on = told.extend
        async with database.org(org_id) as connection:
            await sessions.revoke_all(connection, org_id, UUID(member.id))
        await database.close()

    loop.run(end())
    assert [hint.org_id for hint in told] == list(both_of(org_id))


def test_a_ticket_of_a_session_that_is_too_old_is_refused(
    member: Member, stream_url: str, ticket: str, rows: Rows
) -> None:
    rows(AGE, org=member.org_id)
    problem(refused(stream_url, ticket), 401, "stream_ticket_invalid")


def test_a_stream_ends_when_its_session_is_too_old(
    member: Member, open_stream: Open, rows: Rows, commit: Commit
) -> None:
    with open_stream(member) as stream:
        stream.next()
        rows(AGE, org=member.org_id)
        commit(member.org_id, Hint(UUID(member.org_id), Topic.ACCESS))
        assert [event.name for event in stream] == ["end"]


def test_a_required_second_factor_ends_the_streams_of_users_who_have_none(
    client: Client,
    member: Member,
    simulator: Simulator,
    open_stream: Open,
    rows: Rows,
    commit: Commit,
) -> None:
    colleague = join(client, simulator, member)
    set_up(client, member, rows)
    with open_stream(member) as own, open_stream(colleague) as theirs:
        own.next()
        theirs.next()
        body = {"secondFactorRequired": True}
        assert client.patch("/api/org", json=body, headers=member.headers).status_code == 200
        assert [event.name for event in theirs][-1] == "end"
        commit(member.org_id, Hint(UUID(member.org_id), Topic.CONTACT))
        assert own.next_hint()["topic"] == "contact"


def test_removing_a_member_ends_their_stream_and_no_other(
    client: Client, member: Member, simulator: Simulator, open_stream: Open
) -> None:
    colleague = join(client, simulator, member)
    with open_stream(member) as own, open_stream(colleague) as theirs:
        own.next()
        theirs.next()
        answer = client.delete(f"/api/org/members/{colleague.id}", headers=member.headers)
        assert answer.status_code == 204, answer.text
        assert [event.name for event in theirs][-1] == "end"
        answer = client.get("/api/me", headers=member.headers)
        assert answer.status_code == 200


def test_a_user_can_open_only_a_limited_number_of_streams(
    client: Client, member: Member, stream_url: str, open_stream: Open
) -> None:
    with open_stream(member), open_stream(member), open_stream(member), open_stream(member):
        answer = refused(stream_url, ticket_of(client, member)["ticket"])
        problem(answer, 429, "too_many_streams")
        assert int(answer.headers["Retry-After"]) > 0


@pytest.fixture
def short_streams(settings: GatewaySettings) -> Iterator[str]:
    with streaming(stream_settings(settings, stream_seconds=1.0)) as url:
        yield url


def test_a_live_stream_ends_after_a_while_and_tells_the_browser_to_open_it_again(
    short_streams: str, ticket: str
) -> None:
    with opened(short_streams, ticket) as stream:
        *_, last = stream
        assert (last.name, last.data["reason"]) == ("reconnect", "time_limit")
        assert last.data["afterMilliseconds"] > 0


def sign_out(client: Client, member: Member) -> None:
    given = {"refreshToken": member.session["refreshToken"]}
    answer = client.post("/api/auth/logout", json=given, headers=member.headers)
    assert answer.status_code == 204, answer.text


def test_a_stream_ends_as_soon_as_its_client_closes_the_connection(
    stream_url: str, ticket: str
) -> None:
    address = urlsplit(stream_url)
    place = (address.hostname or "", address.port or 0)
    with socket.create_connection(place, timeout=100) as connection:
        head = f"GET {address.path}?ticket={ticket} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n"
        connection.sendall(head.encode())
        received = b""
        while b"event: resync" not in received:
            received += connection.recv(65_536)
        connection.shutdown(socket.SHUT_WR)
        rest = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert b"event: reconnect" in rest
    assert events.HEARTBEAT not in rest, "it ended at the next heartbeat only"
