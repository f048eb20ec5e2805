"""One turn of a planner: submit messages of a campaign until enough of them wait to be sent."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import Blocked, InvalidInput, NotFound, Unavailable
from servicekit.identity import Identity, acting_as
from services.campaigns.campaigns.domain.failures import FailureWatch, fails_too_often
from services.campaigns.campaigns.domain.reasons import PICTURES_NOT_PRICED
from services.campaigns.campaigns.domain.recipients import Chunk, Recipient, chunk_of
from services.campaigns.campaigns.domain.states import FAIL, FINISH, PAUSE, Transition
from services.campaigns.campaigns.providers.dispatch import Dispatch, Sending, SubmittedChunk
from services.campaigns.campaigns.storage import deferred, paces, plans
from services.campaigns.campaigns.storage.paces import SAMPLE_EVERY
from services.campaigns.campaigns.storage.plans import Lease, Progress
from services.campaigns.campaigns.support.audience import Audiences
from services.campaigns.campaigns.support.notices import notify_of
from services.campaigns.common.domain.metrics import Outcomes
from services.campaigns.templates.domain.templates import Template, parse

log = structlog.get_logger()

PLANNED = Counter(
    "smsblaster_campaigns_recipients_planned_total",
    "Recipients for whom a message was created or who were skipped",
)

AT_ONCE = 0.0
WINDOW_FULL = 0.25
SETTLING = 2.0
WAITING = 60.0
"""Maximum seconds until a campaign's next turn. A bus event from messaging makes it due earlier."""

# A limit, so that other campaigns get their turns although this campaign has a long list.
_CHUNKS_A_TURN = 20


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """The limits of planning.

    A chunk has `chunk_size` recipients. At most `window` messages of a campaign wait to be sent. A
    lease lasts `lease_seconds`. A campaign without a limit of its own pauses when `failure_rate`
    (0 to 1) of its messages have failed.
    """

    window: int
    chunk_size: int
    lease_seconds: float
    failure_rate: float


@dataclass(frozen=True, slots=True)
class _Portion:
    """The recipients to plan next.

    `last` is their last contact in the audience. It is None for deferred recipients, whose contacts
    are in `resumed`.
    """

    recipients: Sequence[Recipient]
    last: UUID | None
    resumed: Sequence[UUID] = ()


class PlanTurn:
    """Takes turns on campaigns. It holds no database connection while it calls other services."""

    def __init__(
        self,
        database: Database,
        audiences: Audiences,
        dispatch: Dispatch,
        options: PlanOptions,
    ) -> None:
        self._database = database
        self._audiences = audiences
        self._dispatch = dispatch
        self._options = options

    async def take_turn(self, lease: Lease) -> float:
        """Take a turn of the leased campaign. Returns the seconds until its next turn.

        Each chunk is submitted, then its progress is stored. When a planner dies in between, the
        next one submits the chunk again, and messaging recognises it.

        Raises:
            Unavailable: Contacts or messaging can't be reached. The campaign waits until they can.
        """
        with acting_as(Identity("campaigns", org_id=lease.org_id, user_id=lease.actor_id)):
            async with asyncio.timeout(self._options.lease_seconds):
                outcomes = await self._dispatch.outcomes(lease.campaign_id)
            await self._sample(lease, outcomes)
            obstacle = outcomes.blocked or (PICTURES_NOT_PRICED if lease.lacks_mms_prices else None)
            if obstacle and await self._has_more_to_send(lease, outcomes):
                await self._stop(lease, PAUSE, obstacle)
                return AT_ONCE
            fails = fails_too_often(outcomes, self._watch(lease))
            if fails and await self._has_more_to_send(lease, outcomes):
                await self._pause_for_failures(lease, outcomes)
                return AT_ONCE
            again_in = await self._plan(lease, outcomes.pending)
            if again_in is not None:
                return again_in
            return await self._settle(lease, outcomes)

    async def _plan(self, lease: Lease, pending: int) -> float | None:
        """Submit chunks until one more would let too many messages wait (the option `window`).

        Returns the seconds until the next turn, or None if no recipient was left to plan.
        """
        template = parse(lease.body, "body")
        for chunk in range(_CHUNKS_A_TURN):
            is_full = pending + self._options.chunk_size > self._options.window
            # Stops when the lease expires, because then another planner does the same work.
            async with asyncio.timeout(self._options.lease_seconds):
                resumed = await self._due_deferred(lease)
                if is_full and (resumed or not lease.planned):
                    return WINDOW_FULL
                portion = await self._next(lease, resumed)
                if portion is None:
                    return None if lease.planned and chunk == 0 else AT_ONCE
                step = await self._step(lease, portion, template, pending)
            if step is None:
                return AT_ONCE
            lease, pending = step
        return AT_ONCE

    async def _settle(self, lease: Lease, outcomes: Outcomes) -> float:
        """End the campaign if nothing is pending. Returns the seconds until its next turn."""
        left = await self._seconds_left(lease)
        if left is not None:
            return max(AT_ONCE, min(left, WAITING))
        if outcomes.unsettled:
            return SETTLING
        # Messaging is told first, because users can release the numbers of a campaign that is done.
        await self._tell_stopped(lease, lease.change)
        await self._stop(lease, FINISH, reason=None)
        return AT_ONCE

    async def _seconds_left(self, lease: Lease) -> float | None:
        async with self._database.org(lease.org_id) as connection:
            return await deferred.seconds_left(connection, lease.org_id, lease.campaign_id)

    async def _has_more_to_send(self, lease: Lease, outcomes: Outcomes) -> bool:
        """Return whether the campaign has a message that a pause could stop."""
        if not lease.planned or outcomes.pending:
            return True
        return await self._seconds_left(lease) is not None

    async def _due_deferred(self, lease: Lease) -> Sequence[UUID]:
        """Return a chunk of deferred recipients whose sending windows have opened."""
        async with self._database.org(lease.org_id) as connection:
            return await deferred.due(
                connection, lease.org_id, lease.campaign_id, self._options.chunk_size
            )

    async def _next(self, lease: Lease, resumed: Sequence[UUID]) -> _Portion | None:
        """Return the recipients to plan next, or None if nobody is left.

        These are the recipients `resumed` if there are any, otherwise the next of the audience.
        """
        if resumed:
            recipients = await self._audiences.of_contacts(lease.org_id, lease.audience, resumed)
            return _Portion(recipients, None, resumed)
        return None if lease.planned else await self._next_of_audience(lease)

    async def _next_of_audience(self, lease: Lease) -> _Portion | None:
        try:
            page = await self._audiences.page(
                lease.org_id, lease.audience, lease.cursor, self._options.chunk_size
            )
        except NotFound:
            await self._stop(lease, FAIL, "list_deleted")
            return None
        if page.last is None:
            async with self._database.org(lease.org_id) as connection:
                await plans.complete(connection, lease)
            return None
        return _Portion(page.recipients, page.last)

    async def _step(
        self, lease: Lease, portion: _Portion, template: Template, pending: int
    ) -> tuple[Lease, int] | None:
        """Plan one chunk. Returns the lease with its progress and the count of pending messages.

        Returns None when the turn is over: the campaign stopped, or the lease is lost.
        """
        chunk = chunk_of(portion.recipients, template)
        submitted = await self._submit(lease, chunk, pending)
        if submitted is None:
            return None
        progress = Progress(
            cursor=portion.last,
            resumed=portion.resumed,
            deferred=submitted.deferred,
        )
        async with self._database.org(lease.org_id) as connection:
            goes_on = await plans.save_progress(
                connection, lease, progress, self._options.lease_seconds
            )
        if not goes_on:
            return None
        PLANNED.inc(len(portion.recipients) - len(submitted.deferred))
        return replace(lease, cursor=progress.cursor or lease.cursor), submitted.pending

    async def _submit(self, lease: Lease, chunk: Chunk, pending: int) -> SubmittedChunk | None:
        """Submit a chunk to messaging. Returns None when the campaign had to be paused instead.

        The progress of a chunk that the balance covers only in part is not stored, because the
        whole chunk is submitted again once the campaign is resumed.
        """
        if not (chunk.messages or chunk.opted_out or chunk.invalid):
            return SubmittedChunk(insufficient_balance=False, pending=pending, deferred={})
        try:
            submitted = await self._dispatch.submit(
                _sending(lease),
                chunk,
                lease.audience,
            )
        except (InvalidInput, Blocked) as refusal:
            await self._stop(lease, PAUSE, refusal.code)
            return None
        if submitted.insufficient_balance:
            await self._stop(lease, PAUSE, "insufficient_balance")
            return None
        return submitted

    async def _sample(self, lease: Lease, outcomes: Outcomes) -> None:
        """Store, from time to time, how many messages were sent, to compute the pace."""
        if lease.sampled_at is None or lease.leased_at - lease.sampled_at >= SAMPLE_EVERY:
            async with self._database.org(lease.org_id) as connection:
                await paces.add_sample(connection, lease, outcomes.tried)

    def _watch(self, lease: Lease) -> FailureWatch:
        return FailureWatch(lease.failure_rate or self._options.failure_rate, *lease.at_last_pause)

    async def _pause_for_failures(self, lease: Lease, outcomes: Outcomes) -> None:
        """Pause the campaign and hold its pending messages. A job repeats a failed call."""
        async with self._database.org(lease.org_id) as connection:
            change = await plans.pause_for_failures(connection, lease, "failure_rate", outcomes)
            if change:
                await _notify(connection, lease, PAUSE, "failure_rate")
        if change:
            _log_stop(lease, PAUSE, "failure_rate")
            await self._dispatch.hold(lease.campaign_id, True, running=False, change=change)

    async def _stop(self, lease: Lease, transition: Transition, reason: str | None) -> None:
        async with self._database.org(lease.org_id) as connection:
            change = await plans.stop(connection, lease, transition, reason)
            if change:
                await _notify(connection, lease, transition, reason)
        if change:
            _log_stop(lease, transition, reason)
            await self._tell_stopped(lease, change)

    async def _tell_stopped(self, lease: Lease, change: int) -> None:
        """Tell messaging that the campaign is paused or ended. Charged messages are still sent.

        If messaging can't be reached, the job tells it.
        """
        with suppress(Unavailable):
            await self._dispatch.hold(lease.campaign_id, False, running=False, change=change)


def _sending(lease: Lease) -> Sending:
    return Sending(
        lease.campaign_id,
        lease.payer_id,
        lease.actor_id,
        lease.name,
        lease.terms,
        lease.media_urls,
        lease.reference,
        lease.metadata,
    )


async def _notify(
    connection: AsyncConnection, lease: Lease, transition: Transition, reason: str | None
) -> None:
    campaign = (lease.campaign_id, lease.name)
    await notify_of(connection, lease.org_id, campaign, transition.target, reason or "")


def _log_stop(lease: Lease, transition: Transition, reason: str | None) -> None:
    log.info(
        "campaign_stopped",
        campaign_id=str(lease.campaign_id),
        status=transition.target,
        reason=reason,
    )
