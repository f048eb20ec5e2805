"""Dropping what is past its time."""

from collections.abc import Callable

from servicekit.db.database import Database
from servicekit.edge import LoopThread
from services.gateway.jobs import housekeeping
from services.gateway.tests.people import Client, Member, sign_up

Rows = Callable[..., list[dict[str, object]]]


def test_idempotency_keys_are_kept_for_a_day(
    client: Client, member: Member, loop: LoopThread, database: Database, rows: Rows
) -> None:
    for key in ("old", "new"):
        headers = {**member.headers, "Idempotency-Key": key}
        client.post("/api/contacts", json={"phone": "+14155550123"}, headers=headers)
    rows(
        "UPDATE idempotency_keys SET claimed_at = now() - interval '25 hours'"
        " WHERE org_id = :org AND key = 'old'",
        org=member.org_id,
    )
    loop.run(housekeeping.forget_keys(database))
    left = rows("SELECT key FROM idempotency_keys WHERE org_id = :org", org=member.org_id)
    assert left == [{"key": "new"}]


def test_sessions_go_when_no_token_of_theirs_can_be_used(
    client: Client, member: Member, loop: LoopThread, database: Database, rows: Rows
) -> None:
    living = sign_up(client)
    rows(
        "UPDATE refresh_tokens SET expires_at = now() - interval '1 second' WHERE org_id = :org",
        org=member.org_id,
    )
    rows(
        "UPDATE sessions SET created_at = now() - interval '31 days' WHERE org_id IN (:a, :b)",
        a=member.org_id,
        b=living.org_id,
    )
    loop.run(housekeeping.forget_sessions(database))
    query = "SELECT * FROM sessions WHERE org_id = :org"
    assert rows(query, org=member.org_id) == []
    assert len(rows(query, org=living.org_id)) == 1


def test_jobs_have_names_of_their_own(database: Database) -> None:
    names = [job.name for job in housekeeping.jobs(database)]
    assert names == ["forget-idempotency-keys", "forget-sessions", "forget-handled"]
