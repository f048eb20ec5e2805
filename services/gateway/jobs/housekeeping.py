"""The gateway's jobs: sending mails, and dropping what is past its time."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from servicekit.jobs import Job, delete_handled
from services.gateway.domain.opaque_tokens import REFRESH_LIFETIME
from services.gateway.storage import idempotency, mails, sessions, sign_ins
from services.gateway.usecases.send_mails import SendMails


def jobs(database: Database, send_mails: SendMails) -> Sequence[Job]:
    """The gateway's jobs."""
    return (
        Job("send-mails", send_mails, every=timedelta(seconds=1)),
        Job("forget-mails", partial(forget_mails, database), every=timedelta(hours=12)),
        Job("forget-idempotency-keys", partial(forget_keys, database), every=timedelta(hours=1)),
        Job("forget-sessions", partial(forget_sessions, database), every=timedelta(hours=6)),
        Job("forget-handled", partial(delete_handled, database, "gateway")),
    )


async def forget_keys(database: Database) -> None:
    """Drop idempotency keys of more than a day."""
    await DeleteOld(database, "gateway", "forget-idempotency-keys").delete(idempotency.OLD)


async def forget_sessions(database: Database) -> None:
    """Drop expired refresh tokens and sessions, old guesses, and places not signed in from."""
    await DeleteOld(database, "gateway", "forget-sessions").delete(
        sessions.OLD_TOKENS,
        sessions.OLD_SESSIONS,
        *sign_ins.OLD,
        lifetime=REFRESH_LIFETIME.total_seconds(),
    )


async def forget_mails(database: Database) -> None:
    """Drop mails, and the tokens that they carried, of more than thirty days."""
    await DeleteOld(database, "gateway", "forget-mails").delete(*mails.OLD)
