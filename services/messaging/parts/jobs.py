"""Messaging's jobs, put together."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from servicekit.jobs import Job, forget_handled
from services.messaging.jobs import sweepers
from services.messaging.jobs.poll_inbound import PollInbound
from services.messaging.jobs.poll_open import PollOpen
from services.messaging.jobs.resolve_unknown import ResolveUnknown
from services.messaging.parts.pipeline import Pipeline
from services.messaging.parts.results import result_jobs


def all_jobs(pipeline: Pipeline) -> Sequence[Job]:
    """Every job of the service."""
    database, settings = pipeline.kit.database, pipeline.settings
    resolve = ResolveUnknown(
        database,
        pipeline.lookup,
        pipeline.accounts,
        pipeline.apply(),
        settings.unknown_horizon_seconds,
    )
    poll_open = PollOpen(
        database,
        pipeline.lookup,
        pipeline.accounts,
        pipeline.apply(),
        settings.poll_after_seconds,
    )
    poll_inbound = PollInbound(database, pipeline.lookup, pipeline.accounts, pipeline.receive())
    refunds = pipeline.refunds
    poll_every = timedelta(seconds=min(60, settings.poll_after_seconds))
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
        Job("resolve-unknown", resolve, every=timedelta(seconds=1)),
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
        Job("poll-open", poll_open, every=poll_every),
        Job("poll-inbound", poll_inbound, every=poll_every),
        Job("forget-handled", partial(forget_handled, database)),
        *result_jobs(pipeline),
    ]
