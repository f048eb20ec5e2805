"""The gateway's jobs: sending mails, and dropping what is past its time."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

import structlog

from servicekit.db.database import Database
from servicekit.jobs import Job, forget_handled
from services.gateway.storage import idempotency, mails, sessions
from services.gateway.usecases.send_mails import SendMails

log = structlog.get_logger()


def jobs(database: Database, send_mails: SendMails) -> Sequence[Job]:
    """The gateway's jobs."""
    return (
        Job("send-mails", send_mails, every=timedelta(seconds=1)),
        Job("forget-mails", partial(forget_mails, database), every=timedelta(hours=12)),
        Job("forget-idempotency-keys", partial(forget_keys, database), every=timedelta(hours=1)),
        Job("forget-sessions", partial(forget_sessions, database), every=timedelta(hours=6)),
        Job("forget-handled", partial(forget_handled, database)),
    )


async def forget_keys(database: Database) -> None:
    """Drop idempotency keys of more than a day."""
    async with database.system() as connection:
        log.info("idempotency_keys_forgotten", count=await idempotency.forget_old(connection))


async def forget_sessions(database: Database) -> None:
    """Drop expired refresh tokens and sessions."""
    async with database.system() as connection:
        log.info("sessions_forgotten", count=await sessions.forget_ended(connection))


async def forget_mails(database: Database) -> None:
    """Drop mails, and the tokens that they carried, of more than thirty days."""
    async with database.system() as connection:
        log.info("mails_forgotten", count=await mails.forget_old(connection))
