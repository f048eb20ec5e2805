"""A planner's turn: hand over as much of a campaign as its window has room for."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from prometheus_client import Counter

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, NotFound
from servicekit.identity import Identity, acting_as
from services.campaigns.domain.recipients import Chunk, Recipient, chunk_of
from services.campaigns.domain.states import FAIL, FINISH, PAUSE, Transition
from services.campaigns.domain.templates import Template, parse
from services.campaigns.providers.contacts import Contacts
from services.campaigns.providers.messaging import Messaging, Taken
from services.campaigns.storage import plans
from services.campaigns.storage.plans import Lease, Progress

log = structlog.get_logger()

PLANNED = Counter("campaigns_recipients_planned_total", "Recipients that campaigns dealt with")

AT_ONCE = 0.0
WINDOW_FULL = 0.25
SETTLING = 2.0
"""Seconds until a campaign's next turn. A bell from messaging brings it forward."""

# A long list does not keep its planner from the other campaigns.
_CHUNKS_A_TURN = 20


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """``chunk_size`` recipients are handed over at once; no more than ``window`` texts of a
    campaign wait for a sender; a lease is good for ``lease_seconds``.
    """

    window: int
    chunk_size: int
    lease_seconds: float


class PlanTurn:
    """Takes turns. It holds no database connection while it calls others."""

    def __init__(
        self, database: Database, contacts: Contacts, messaging: Messaging, options: PlanOptions
    ) -> None:
        self._database = database
        self._contacts = contacts
        self._messaging = messaging
        self._options = options

    async def __call__(self, lease: Lease) -> float:
        """Take a turn; the seconds until the next.

        Each chunk is handed over, then noted: a planner that dies in between leaves a chunk that
        the next one hands over again, which messaging recognises. Raises the error of whichever
        part is away; the campaign waits for it then.
        """
        with acting_as(Identity("campaigns", org_id=lease.org_id, user_id=lease.user_id)):
            async with asyncio.timeout(self._options.lease_seconds):
                outcomes = await self._messaging.outcomes(lease.campaign_id)
            if not lease.planned:
                return await self._plan(lease, outcomes.pending)
            if outcomes.unsettled:
                return SETTLING
            await self._stop(lease, FINISH, reason=None)
            return AT_ONCE

    async def _plan(self, lease: Lease, pending: int) -> float:
        template = parse(lease.body, "body")
        for _ in range(_CHUNKS_A_TURN):
            if pending + self._options.chunk_size > self._options.window:
                return WINDOW_FULL
            # Past its lease a planner would only do what another is doing already.
            async with asyncio.timeout(self._options.lease_seconds):
                step = await self._step(lease, template, pending)
            if step is None:
                return AT_ONCE
            lease, pending = step
        return AT_ONCE

    async def _step(
        self, lease: Lease, template: Template, pending: int
    ) -> tuple[Lease, int] | None:
        """Plan one chunk; how the campaign stands then, and how many of its texts are pending.

        None where the turn is over: the list is at its end, the campaign stopped, or the lease
        is lost.
        """
        recipients = await self._members(lease)
        if not recipients:
            return None
        chunk = chunk_of(recipients, template)
        taken = await self._hand_over(lease, chunk, pending)
        if taken is None:
            return None
        progress = Progress(recipients[-1].contact_id, chunk.opted_out, chunk.blank + taken.invalid)
        async with self._database.org(lease.org_id) as connection:
            kept = await plans.advance(connection, lease, progress, self._options.lease_seconds)
        if not kept:
            return None
        PLANNED.inc(len(recipients))
        return replace(lease, cursor=progress.cursor), taken.pending

    async def _members(self, lease: Lease) -> Sequence[Recipient]:
        """The next recipients. None are left at the end of the list, or where it is gone."""
        size = self._options.chunk_size
        try:
            recipients = await self._contacts.members(lease.list_id, lease.cursor, size)
        except NotFound:
            await self._stop(lease, FAIL, "list_deleted")
            return ()
        if not recipients:
            async with self._database.org(lease.org_id) as connection:
                await plans.complete(connection, lease)
        return recipients

    async def _hand_over(self, lease: Lease, chunk: Chunk, pending: int) -> Taken | None:
        """Hand a chunk to messaging; None where the campaign had to be paused instead.

        A chunk that the balance covers in part is not noted as dealt with: it comes again, whole,
        once the campaign is resumed.
        """
        if not chunk.texts:
            return Taken(invalid=0, insufficient_balance=False, pending=pending)
        try:
            taken = await self._messaging.submit(lease.campaign_id, lease.user_id, chunk.texts)
        except InvalidInput as refusal:
            await self._stop(lease, PAUSE, refusal.code)
            return None
        if taken.insufficient_balance:
            await self._stop(lease, PAUSE, "insufficient_balance")
            return None
        return taken

    async def _stop(self, lease: Lease, transition: Transition, reason: str | None) -> None:
        async with self._database.org(lease.org_id) as connection:
            stopped = await plans.stop(connection, lease, transition, reason)
        if stopped:
            log.info(
                "campaign_stopped",
                campaign_id=str(lease.campaign_id),
                status=transition.target,
                reason=reason,
            )
