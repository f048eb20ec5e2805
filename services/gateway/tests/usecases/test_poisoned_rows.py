"""One row that a job can't handle does not stop the job from handling the others."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.ids import new_id
from services.gateway.jobs import housekeeping
from services.gateway.tests.usecases.test_send_mails import MailFixture, mailing
from tests.fixtures.poison import is_recorded, poisoned

__all__ = ["mailing"]


async def scalars(database: Database, query: str, **parameters: object) -> Sequence[object]:
    async with database.system() as connection:
        found = await connection.execute(text(query), parameters)
        return found.scalars().all() if found.returns_rows else ()


@pytest.mark.poison("gateway/send-mails")
async def test_a_mail_that_cannot_be_updated_does_not_stop_the_others(
    mailing: MailFixture,
) -> None:
    [bad] = await scalars(mailing.database, "SELECT id FROM mails")
    owner = await mailing.owner()
    again = "INSERT INTO mails (id, org_id, kind, user_id) VALUES (:id, :org, :kind, :user)"
    parameters = {"org": owner.org_id, "user": owner.user_id, "kind": "email_verification"}
    await scalars(mailing.database, again, id=new_id(), **parameters)
    async with poisoned(
        mailing.database, "mails", "UPDATE", f"OLD.id = '{bad}' AND NEW.sent_at IS NOT NULL"
    ):
        await mailing.send_mails.send_due()
        assert (
            len(await scalars(mailing.database, "SELECT 1 FROM mails WHERE sent_at IS NULL")) == 1
        )
        assert await is_recorded(mailing.database, "send-mails", bad)


@pytest.mark.poison("gateway/forget-mails")
async def test_a_mail_that_cannot_be_deleted_does_not_stop_the_others(
    mailing: MailFixture,
) -> None:
    await mailing.execute("UPDATE mails SET created_at = now() - interval '40 days'")
    [bad] = await scalars(mailing.database, "SELECT id FROM mails")
    await mailing.execute(
        "INSERT INTO mails (id, org_id, kind, user_id, created_at)"
        " SELECT uuidv7(), org_id, kind, user_id, created_at FROM mails"
    )
    await _one_is_left(mailing, housekeeping.delete_old_mails, ("mails", "id"), bad, "forget-mails")


@pytest.mark.poison("gateway/forget-idempotency-keys")
async def test_an_idempotency_key_that_cannot_be_deleted_does_not_stop_the_others(
    mailing: MailFixture,
) -> None:
    owner, claims = await mailing.owner(), [new_id(), new_id()]
    for claim in claims:
        await scalars(
            mailing.database,
            "INSERT INTO idempotency_keys"
            " (org_id, user_id, route, key, claim_id, operation_id, claimed_at)"
            " VALUES (:org, :user, 'x', :key, :claim, :claim, now() - interval '2 days')",
            org=owner.org_id,
            user=owner.user_id,
            key=str(claim),
            claim=claim,
        )
    table, job = ("idempotency_keys", "claim_id"), "forget-idempotency-keys"
    await _one_is_left(mailing, housekeeping.delete_old_keys, table, claims[0], job)


@pytest.mark.poison("gateway/forget-sessions")
async def test_a_session_that_cannot_be_deleted_does_not_stop_the_others(
    mailing: MailFixture,
) -> None:
    owner, ids = await mailing.owner(), [new_id(), new_id()]
    await mailing.execute("DELETE FROM sessions")
    for session in ids:
        await scalars(
            mailing.database,
            "INSERT INTO sessions (id, org_id, user_id, created_at)"
            " VALUES (:id, :org, :user, now() - interval '40 days')",
            id=session,
            org=owner.org_id,
            user=owner.user_id,
        )
    table, job = ("sessions", "id"), "forget-sessions"
    await _one_is_left(mailing, housekeeping.delete_old_sessions, table, ids[0], job)


@pytest.mark.poison("gateway/forget-requests")
async def test_a_logged_request_that_cannot_be_deleted_does_not_stop_the_others(
    mailing: MailFixture,
) -> None:
    owner, requests = await mailing.owner(), [new_id(), new_id()]
    for request in requests:
        await scalars(
            mailing.database,
            "INSERT INTO request_log (id, org_id, request_id, user_id, method, route, path, status,"
            " faults, fields, duration_ms, address, replayed, created_at) VALUES (:id, :org, 'x',"
            " :user, 'POST', '/', '/', 200, '{}', '{}', 1, '::1', false,"
            " now() - interval '8 days')",
            id=request,
            org=owner.org_id,
            user=owner.user_id,
        )
    forget = partial(housekeeping.delete_old_requests, days=7)
    await _one_is_left(mailing, forget, ("request_log", "id"), requests[0], "forget-requests")


@pytest.mark.poison("gateway/forget-audit")
async def test_an_audit_entry_that_cannot_be_deleted_does_not_stop_the_others(
    mailing: MailFixture,
) -> None:
    owner, entries = await mailing.owner(), [new_id(), new_id()]
    await mailing.execute("DELETE FROM audit_logs")
    await mailing.execute("UPDATE orgs SET audit_log_days = 90")
    for entry in entries:
        await scalars(
            mailing.database,
            "INSERT INTO audit_logs (id, org_id, action, entity_type, entity_id, meta, created_at)"
            " VALUES (:id, :org, 'x', 'org', 'x', '{}', now() - interval '91 days')",
            id=entry,
            org=owner.org_id,
        )
    forget = housekeeping.delete_old_audit_entries
    await _one_is_left(mailing, forget, ("audit_logs", "id"), entries[0], "forget-audit")


async def _one_is_left(
    mailing: MailFixture,
    forget: Callable[[Database], Awaitable[None]],
    column: tuple[str, str],
    bad: object,
    job: str,
) -> None:
    """Assert that the job handled all rows except the bad one, and recorded that one as failing."""
    table, name = column
    async with poisoned(mailing.database, table, "DELETE", f"OLD.{name} = '{bad}'"):
        await forget(mailing.database)
        query = "SELECT " + name + " FROM " + table  # noqa: S608
        assert await scalars(mailing.database, query) == [bad]
        assert await is_recorded(mailing.database, job, f"{table}/{bad}")
