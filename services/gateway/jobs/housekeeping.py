"""The gateway's jobs: send mails, end data, and delete old rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from servicekit.jobs import Job, delete_handled
from services.gateway.domain.opaque_tokens import REFRESH_LIFETIME
from services.gateway.storage import (
    audit,
    challenges,
    closings,
    erasures,
    idempotency,
    mails,
    request_log,
    sessions,
    sign_ins,
)
from services.gateway.usecases.erase_people import ErasePeople
from services.gateway.usecases.finish_closings import FinishClosings
from services.gateway.usecases.send_mails import SendMails


@dataclass(frozen=True, slots=True)
class EndOfData:
    """The use cases that erase people and delete organisations."""

    erase_people: ErasePeople
    finish_closings: FinishClosings


def jobs(
    database: Database, send_mails: SendMails, ends: EndOfData, request_log_days: int
) -> Sequence[Job]:
    """Return the gateway's jobs. The request log is kept for `request_log_days`."""
    return (
        Job(
            "send-mails",
            send_mails.send_due,
            every=timedelta(seconds=1),
            has_work=mails.HAS_DUE,
        ),
        Job(
            "erase-people",
            ends.erase_people.erase_due,
            every=timedelta(seconds=2),
            has_work=erasures.HAS_DUE,
        ),
        Job(
            "close-organisations",
            ends.finish_closings.go_on,
            every=timedelta(seconds=2),
            has_work=closings.HAS_DUE,
        ),
        Job("forget-mails", partial(delete_old_mails, database), every=timedelta(hours=12)),
        Job(
            "forget-idempotency-keys", partial(delete_old_keys, database), every=timedelta(hours=1)
        ),
        Job("forget-sessions", partial(delete_old_sessions, database), every=timedelta(hours=6)),
        Job(
            "forget-requests",
            partial(delete_old_requests, database, request_log_days),
            every=timedelta(hours=1),
        ),
        Job("forget-audit", partial(delete_old_audit_entries, database), every=timedelta(hours=6)),
        Job("forget-handled", partial(delete_handled, database, "gateway")),
    )


async def delete_old_keys(database: Database) -> None:
    """Delete idempotency keys older than a day."""
    await DeleteOld(database, "gateway", "forget-idempotency-keys").delete(idempotency.OLD)


async def delete_old_requests(database: Database, days: int) -> None:
    """Delete entries of the request log that are older than `days`."""
    await DeleteOld(database, "gateway", "forget-requests").delete(request_log.OLD, days=days)


async def delete_old_sessions(database: Database) -> None:
    """Delete expired sessions and tokens, old guesses and challenges, and old networks.

    Guesses are attempts to sign in. Networks are those that users have signed in from.
    """
    await DeleteOld(database, "gateway", "forget-sessions").delete(
        sessions.OLD_TOKENS,
        sessions.OLD_SESSIONS,
        *sign_ins.OLD,
        challenges.OLD,
        lifetime=REFRESH_LIFETIME.total_seconds(),
    )


async def delete_old_audit_entries(database: Database) -> None:
    """Delete audit entries that are older than their organisation keeps them."""
    await DeleteOld(database, "gateway", "forget-audit").delete(audit.OLD)


async def delete_old_mails(database: Database) -> None:
    """Delete mails older than thirty days, and their tokens."""
    await DeleteOld(database, "gateway", "forget-mails").delete(*mails.OLD)
