"""What keeps messages moving without being asked, put together."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from servicekit.jobs import Job
from services.messaging.common.jobs.trim_bus import trim_bus
from services.messaging.inbox.jobs.poll_inbound import PollInbound
from services.messaging.parts.pipeline import Pipeline
from services.messaging.parts.results import result_jobs
from services.messaging.sending.domain.searches import Patience
from services.messaging.sending.jobs import sweepers
from services.messaging.sending.jobs.poll_open import PollOpen
from services.messaging.sending.jobs.resolve_unknown import ResolveUnknown


def pipeline_jobs(pipeline: Pipeline) -> Sequence[Job]:
    """The jobs of messages on their way and of what is kept of them."""
    return [*_sweepers(pipeline), *_questions(pipeline), *result_jobs(pipeline)]


def _sweepers(pipeline: Pipeline) -> Sequence[Job]:
    """Those that find in the database what is due."""
    database, refunds = pipeline.kit.database, pipeline.refunds
    return [
        Job(
            "ring-doorbells",
            partial(sweepers.ring_doorbells, database, pipeline.kit.bus),
            every=timedelta(seconds=2),
        ),
        Job(
            "expire-leases",
            partial(sweepers.expire_leases, database),
            every=timedelta(seconds=2),
        ),
        Job(
            "collect-refunds",
            partial(sweepers.collect_refunds, database, refunds),
            every=timedelta(seconds=10),
        ),
        Job(
            "give-up-abandoned",
            partial(sweepers.give_up_abandoned, database, refunds),
            every=timedelta(minutes=1),
        ),
        Job("forget-handled", partial(sweepers.forget, database)),
        Job("trim-bus", partial(trim_bus, database, pipeline.kit.bus), timedelta(seconds=30)),
    ]


def _questions(pipeline: Pipeline) -> Sequence[Job]:
    """Those that ask Twilio what it did not tell."""
    database, settings = pipeline.kit.database, pipeline.settings
    lookup, accounts, apply = pipeline.lookup, pipeline.accounts, pipeline.apply()
    patience = Patience(
        timedelta(seconds=settings.unknown_horizon_seconds),
        timedelta(seconds=settings.send_lease_seconds),
    )
    resolve = ResolveUnknown(database, lookup, accounts, apply, patience)
    poll_open = PollOpen(database, lookup, accounts, apply, settings.poll_after_seconds)
    poll_inbound = PollInbound(database, lookup, accounts, pipeline.receive())
    poll_every = timedelta(seconds=min(60, settings.poll_after_seconds))
    return [
        Job("resolve-unknown", resolve, every=timedelta(seconds=1)),
        Job("poll-open", poll_open, every=poll_every),
        Job("poll-inbound", poll_inbound, every=poll_every),
    ]
