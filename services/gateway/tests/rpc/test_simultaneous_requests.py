"""Limits also apply to requests that are made at the same time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx

from services.gateway.tests.members import Client, Member

Rows = Callable[..., list[dict[str, object]]]
CROWD = 30


def all_at_once(send: Callable[[int], httpx.Response]) -> list[int]:
    """Send thirty requests at once, and return their statuses in ascending order."""
    with ThreadPoolExecutor(CROWD) as crowd:
        return sorted(answer.status_code for answer in crowd.map(send, range(CROWD)))


def mails(rows: Rows, kind: str, org_id: str) -> int:
    return len(rows("SELECT FROM mails WHERE kind = :kind AND org_id = :o", kind=kind, o=org_id))


def test_thirty_simultaneous_requests_send_three_reset_mails(
    client: Client, member: Member, rows: Rows
) -> None:
    def ask(_: int) -> httpx.Response:
        return client.post("/api/auth/request-reset", json={"email": member.email})

    assert all_at_once(ask) == [202] * CROWD
    assert mails(rows, "password_reset", member.org_id) == 3


def test_thirty_simultaneous_requests_send_three_verification_mails(
    client: Client, member: Member, rows: Rows
) -> None:
    def ask(_: int) -> httpx.Response:
        return client.post("/api/auth/send-verify", json={}, headers=member.headers)

    # Sign-up has requested the first mail.
    assert all_at_once(ask) == [202] * 2 + [429] * (CROWD - 2)
    assert mails(rows, "email_verification", member.org_id) == 3


def test_thirty_simultaneous_invitations_respect_the_hourly_limit(
    client: Client, member: Member, rows: Rows
) -> None:
    rows(
        "INSERT INTO invitations (id, org_id, email, role, invited_by, expires_at)"
        " SELECT gen_random_uuid(), CAST(:org AS uuid), gen_random_uuid() || '@example.com',"
        " 'member', CAST(:user AS uuid), now() FROM generate_series(1, 45)",
        org=member.org_id,
        user=member.id,
    )
    rows(
        "INSERT INTO mails (id, org_id, kind, invitation_id, sent_at)"
        " SELECT gen_random_uuid(), org_id, 'invitation', id, now() FROM invitations"
        " WHERE org_id = CAST(:org AS uuid)",
        org=member.org_id,
    )

    def invite(_: int) -> httpx.Response:
        given = {"email": f"{uuid4().hex}@example.com", "role": "member"}
        return client.post("/api/org/invitations", json=given, headers=member.headers)

    assert all_at_once(invite) == [201] * 5 + [429] * (CROWD - 5)
    assert mails(rows, "invitation", member.org_id) == 50


def test_thirty_simultaneous_invitations_send_three_mails_to_one_address(
    client: Client, member: Member, rows: Rows
) -> None:
    body = {"email": f"{uuid4().hex}@example.com", "role": "member"}

    def invite(_: int) -> httpx.Response:
        return client.post("/api/org/invitations", json=body, headers=member.headers)

    assert all_at_once(invite) == [201] * 3 + [429] * (CROWD - 3)
    assert mails(rows, "invitation", member.org_id) == 3
