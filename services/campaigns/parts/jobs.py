"""Build the scheduled jobs."""

from collections.abc import Sequence
from datetime import time, timedelta
from functools import partial

from servicekit.db.database import Database
from servicekit.jobs import Job
from services.campaigns.campaigns.usecases.pause_campaign import tell_holds
from services.campaigns.campaigns.usecases.resume_blocked import ResumeBlocked
from services.campaigns.campaigns.usecases.start_due import start_due
from services.campaigns.events.usecases.delete_messages import delete_messages
from services.campaigns.parts.clients import Clients


def build_jobs(database: Database, clients: Clients) -> Sequence[Job]:
    """Build the jobs of all packages."""
    dispatch, texts = clients.dispatch, clients.attendee_messages
    return [
        Job("start-due", partial(start_due, database, dispatch), every=timedelta(seconds=1)),
        Job("tell-holds", partial(tell_holds, database, dispatch), every=timedelta(seconds=2)),
        Job(
            "resume-blocked",
            ResumeBlocked(database, dispatch).resume_all,
            every=timedelta(seconds=5),
        ),
        # The specification of the SMS history names 03:00 UTC.
        Job("forget-event-texts", partial(delete_messages, database, texts), at=time(3)),
    ]
