"""Wire up the jobs that find messages whose next step is due."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from servicekit.jobs import Job
from services.messaging.common.jobs.trim_bus import trim_bus
from services.messaging.inbox.jobs.poll_incoming import PollIncoming
from services.messaging.inbox.providers.twilio_incoming import IncomingReader
from services.messaging.parts.pipeline import Pipeline
from services.messaging.parts.results import result_jobs
from services.messaging.sending.domain.searches import Patience
from services.messaging.sending.jobs import sweepers
from services.messaging.sending.jobs.poll_open import PollOpen
from services.messaging.sending.jobs.resolve_unknown import ResolveUnknown
from services.messaging.sending.storage import claims, due, expiry, open_messages, refunds


def pipeline_jobs(pipeline: Pipeline) -> Sequence[Job]:
    """Return the jobs for messages that are sent or received."""
    return [*_sweepers(pipeline), *_polling_jobs(pipeline), *result_jobs(pipeline)]


def _sweepers(pipeline: Pipeline) -> Sequence[Job]:
    """Return the jobs that look in the database for due work."""
    database = pipeline.kit.database
    return [
        Job(
            "ring-doorbells",
            partial(sweepers.wake_senders, database, pipeline.kit.bus),
            every=timedelta(seconds=2),
            has_work=due.HAS_DUE,
        ),
        Job(
            "expire-leases",
            partial(sweepers.expire_leases, database),
            every=timedelta(seconds=2),
            has_work=claims.HAS_EXPIRED,
        ),
        Job(
            "collect-refunds",
            partial(sweepers.collect_refunds, database, pipeline.refunds),
            every=timedelta(seconds=10),
            has_work=refunds.HAS_DUE,
        ),
        Job(
            "expire-messages",
            partial(sweepers.expire_messages, database, pipeline.refunds),
            every=timedelta(seconds=5),
            has_work=expiry.HAS_LATE,
        ),
        Job(
            "give-up-abandoned",
            partial(sweepers.give_up_abandoned, database, pipeline.charges),
            every=timedelta(minutes=1),
        ),
        Job("forget-handled", partial(sweepers.delete_old, database)),
        Job("trim-bus", partial(trim_bus, database, pipeline.kit.bus), timedelta(seconds=30)),
    ]


def _polling_jobs(pipeline: Pipeline) -> Sequence[Job]:
    """Return the jobs that poll Twilio for statuses and messages whose webhooks were lost."""
    database, settings = pipeline.kit.database, pipeline.settings
    reader, accounts, apply = pipeline.reader, pipeline.accounts, pipeline.apply()
    patience = Patience(
        timedelta(seconds=settings.unknown_horizon_seconds),
        timedelta(seconds=settings.send_lease_seconds),
    )
    resolve = ResolveUnknown(database, reader, accounts, apply, patience)
    poll_open = PollOpen(database, reader, accounts, apply, settings.poll_after_seconds)
    poll_incoming = PollIncoming(database, IncomingReader(reader), accounts, pipeline.receive())
    poll_every = timedelta(seconds=min(60, settings.poll_after_seconds))
    return [
        Job(
            "resolve-unknown",
            resolve.run,
            every=timedelta(seconds=1),
            has_work=open_messages.HAS_UNKNOWN,
        ),
        Job("poll-open", poll_open.run, every=poll_every),
        Job("poll-inbound", poll_incoming.poll_all, every=poll_every),
    ]
