"""Build the scheduled jobs."""

from collections.abc import Sequence
from datetime import time, timedelta

from servicekit.db.database import Database
from servicekit.jobs import Job
from services.campaigns.campaigns.storage import campaigns, holds
from services.campaigns.campaigns.usecases.resume_blocked import ResumeBlocked
from services.campaigns.campaigns.usecases.start_due import StartDue
from services.campaigns.campaigns.usecases.tell_holds import TellHolds
from services.campaigns.events.storage import sms_retries
from services.campaigns.events.usecases.delete_messages import DeleteMessages
from services.campaigns.events.usecases.run_sms_retries import RunSmsRetries
from services.campaigns.parts.clients import Clients


def build_jobs(database: Database, clients: Clients) -> Sequence[Job]:
    """Build the jobs of campaigns and of events."""
    dispatch, messages = clients.dispatch, clients.attendee_messages
    return [
        Job(
            "start-due",
            StartDue(database, dispatch).start_all,
            every=timedelta(seconds=1),
            has_work=campaigns.HAS_DUE,
        ),
        Job(
            "tell-holds",
            TellHolds(database, dispatch).tell_all,
            every=timedelta(seconds=2),
            has_work=holds.HAS_CHANGED,
        ),
        Job(
            "resume-blocked",
            ResumeBlocked(database, dispatch).resume_all,
            every=timedelta(seconds=5),
        ),
        Job(
            "retry-event-texts",
            RunSmsRetries(database, messages).run_all,
            every=timedelta(seconds=1),
            has_work=sms_retries.HAS_RUNNING,
        ),
        # The specification of the SMS history names 03:00 UTC.
        Job("forget-event-texts", DeleteMessages(database, messages).delete_all, at=time(3)),
    ]
