"""Rows that are no longer needed are deleted."""

from collections.abc import Callable
from uuid import UUID

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.modes import org_in_test_mode
from servicekit.web.loop_thread import LoopThread
from services.gateway.jobs import housekeeping
from services.gateway.tests.members import Client, Member, sign_up

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
    loop.run(housekeeping.delete_old_keys(database))
    left = rows("SELECT key FROM idempotency_keys WHERE org_id = :org", org=member.org_id)
    assert left == [{"key": "new"}]


def test_audit_entries_are_deleted_when_they_are_older_than_the_organisation_keeps_them(
    client: Client, member: Member, rows: Rows, loop: LoopThread, database: Database
) -> None:
    keeps_all = sign_up(client)
    answer = client.patch("/api/org", json={"auditLogDays": 90}, headers=member.headers)
    assert answer.json()["auditLogDays"] == 90
    in_test_mode = org_in_test_mode(UUID(member.org_id))
    rows(
        "INSERT INTO orgs (id, name, time_zone, test_of) VALUES (:test, 'Acme', 'UTC', :live)",
        test=in_test_mode,
        live=member.org_id,
    )
    for org_id in (member.org_id, in_test_mode, keeps_all.org_id):
        for days in (89, 91):
            rows(
                "INSERT INTO audit_logs (id, org_id, action, entity_type, entity_id, meta,"
                " created_at) VALUES (:id, :org, 'old', 'org', :days, '{}',"
                " now() - make_interval(days => :age))",
                id=new_id(),
                org=org_id,
                days=str(days),
                age=days,
            )
    loop.run(housekeeping.delete_old_audit_entries(database))
    kept = "SELECT entity_id FROM audit_logs WHERE org_id = :org AND action = 'old' ORDER BY 1"
    for org_id in (member.org_id, in_test_mode):
        assert rows(kept, org=org_id) == [{"entity_id": "89"}]
    assert len(rows(kept, org=keeps_all.org_id)) == 2


def test_sessions_are_deleted_when_their_last_token_has_expired(
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
    loop.run(housekeeping.delete_old_sessions(database))
    query = "SELECT * FROM sessions WHERE org_id = :org"
    assert rows(query, org=member.org_id) == []
    assert len(rows(query, org=living.org_id)) == 1


def test_old_mails_and_their_tokens_are_deleted(
    member: Member, rows: Rows, loop: LoopThread, database: Database
) -> None:
    of_member = {"org": member.org_id}
    rows(
        "INSERT INTO password_resets (token_hash, org_id, user_id, expires_at) VALUES"
        " ('a', CAST(:org AS uuid), CAST(:user AS uuid), now() - interval '31 days'),"
        " ('b', CAST(:org AS uuid), CAST(:user AS uuid), now() - interval '29 days')",
        user=member.id,
        **of_member,
    )
    loop.run(housekeeping.delete_old_mails(database))
    assert len(rows("SELECT * FROM mails WHERE org_id = :org", **of_member)) == 1
    assert len(rows("SELECT * FROM password_resets WHERE org_id = :org", **of_member)) == 1
    rows("UPDATE mails SET created_at = now() - interval '31 days'")
    loop.run(housekeeping.delete_old_mails(database))
    assert rows("SELECT * FROM mails WHERE org_id = :org", **of_member) == []


def test_password_guesses_are_deleted_after_a_day_and_known_networks_after_ninety_days(
    client: Client, member: Member, rows: Rows, loop: LoopThread, database: Database
) -> None:
    client.post("/api/auth/login", json={"email": member.email, "password": "guess"})
    of_member = {"org": member.org_id}
    guesses = "SELECT * FROM sign_in_guesses WHERE org_id = :org"
    places = "SELECT * FROM sign_in_places WHERE org_id = :org"
    for age, left in (("23 hours", (1, 1)), ("89 days", (0, 1)), ("91 days", (0, 0))):
        rows("UPDATE sign_in_guesses SET since = now() - CAST(:age AS text)::interval", age=age)
        rows("UPDATE sign_in_places SET last_at = now() - CAST(:age AS text)::interval", age=age)
        loop.run(housekeeping.delete_old_sessions(database))
        assert (len(rows(guesses, **of_member)), len(rows(places, **of_member))) == left
