"""Build and run the process that delivers events to customers' endpoints."""

import asyncio
from collections.abc import Sequence
from datetime import time, timedelta
from functools import partial

from servicekit.bus.streams import DELIVERY_EVENTS
from servicekit.db.database import Database
from servicekit.jobs import Job
from servicekit.process import failure_of
from servicekit.service import Parts, open_kit
from servicekit.service import serve as serve_parts
from servicekit.vault import Vault, envelope_of
from services.webhooks.delivery.events.customer_events import CustomerEventsConsumer
from services.webhooks.delivery.jobs.delete_old_deliveries import delete_old_deliveries
from services.webhooks.delivery.jobs.expire_listeners import expire_listeners
from services.webhooks.delivery.jobs.watch_failing import watch_failing
from services.webhooks.delivery.providers.endpoint_caller import EndpointCaller
from services.webhooks.delivery.providers.public_addresses import PublicAddresses
from services.webhooks.delivery.support.opened_secrets import OpenedSecrets
from services.webhooks.delivery.usecases.make_calls import MakeCalls
from services.webhooks.delivery.usecases.record_results import RecordResults
from services.webhooks.settings import DeliverySettings


async def deliver(settings: DeliverySettings, stop: asyncio.Event) -> None:
    """Deliver customer events to their endpoints until ``stop`` is set."""
    async with open_kit("webhooks", settings) as kit:
        caller = EndpointCaller(PublicAddresses(allow_loopback=settings.endpoints_on_loopback))
        record = RecordResults(kit.database)
        secrets = OpenedSecrets(Vault(envelope_of(settings)))
        calls = MakeCalls(kit.database, secrets, caller.call, record.record)
        parts = Parts(
            consumers=[(DELIVERY_EVENTS, CustomerEventsConsumer(kit.database).handle)],
            loops=[("calls", partial(call_and_record, calls, record))],
            closers=[caller.close],
        )
        await serve_parts(kit, parts, stop)


async def call_and_record(calls: MakeCalls, results: RecordResults) -> None:
    """Make calls and record their results until cancelled, and finish the calls in progress.

    A call ends once its result is recorded, so results are recorded until the last call has ended.
    If one of the two loops fails, its error is raised.
    """
    calling = asyncio.create_task(calls.run(), name="calls")
    recording = asyncio.create_task(results.run(), name="results")
    both = (calling, recording)
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    finally:
        calling.cancel()
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
    for failure in filter(None, map(failure_of, both)):
        raise failure


def delivery_jobs(database: Database) -> Sequence[Job]:
    """Return the jobs for customers' endpoints and listeners."""
    return [
        Job("watch-failing", partial(watch_failing, database), every=timedelta(minutes=10)),
        Job("expire-listeners", partial(expire_listeners, database), every=timedelta(minutes=10)),
        Job("forget-deliveries", partial(delete_old_deliveries, database), at=time(3, 15)),
    ]
