"""Hand claimed messages over to the provider, and put down what became of them.

Two transactions with the call in between: the claim was committed before, no connection is held
while Twilio answers, and the outcome is recorded after. A crash in between leaves the messages
with a lease that runs out, and then their fate is found out.
"""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

import structlog
from prometheus_client import Counter

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.isolation import one_by_one
from servicekit.outbound.deadlines import Deadline
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.outcomes import (
    ACCOUNT_SUSPENDED,
    NOT_SIGNED_IN,
    Outcome,
    Verdict,
)
from services.messaging.sending.providers.twilio_messages import Outgoing, TwilioMessages
from services.messaging.sending.storage import sending
from services.messaging.sending.storage.counts import Tally
from services.messaging.sending.support.clearance import BatchClearance
from services.messaging.sending.usecases.refund_messages import RefundMessages
from smsblaster.messaging.v1 import events_pb2

log = structlog.get_logger()

SENT = Counter("sms_handed_over_total", "Requests to send, by what became of them", ["verdict"])
for _verdict in Verdict:
    SENT.labels(_verdict.value)


class HandOver:
    """Sends claimed messages."""

    def __init__(
        self,
        database: Database,
        twilio: TwilioMessages,
        accounts: SendingAccounts,
        recipients: Recipients,
        refunds: RefundMessages,
        pace: sending.Pace,
        ask_after: float,
    ) -> None:
        self._database = database
        self._twilio = twilio
        self.accounts = accounts
        self._recipients = recipients
        self._refunds = refunds
        self.pace = pace
        self._ask_after = ask_after

    def lease(self) -> Deadline:
        """When a claim ends that is made after this call."""
        return Deadline.after(self.pace.lease_seconds)

    async def __call__(
        self, org_id: UUID, batch: Sequence[Outgoing], lease: Deadline
    ) -> Sequence[Outcome]:
        """Send ``batch``, which this process has claimed; what became of each.

        No request begins once the ``lease`` is over, since others may be sending the message by
        then, nor once its recipient has opted out or its campaign is on hold.
        """
        outcomes, account = await self._attempt(org_id, batch, lease)
        await self._record(org_id, batch, outcomes, account)
        await self._note_opt_outs(org_id, batch, outcomes)
        refused = [o.message_id for o in outcomes if o.verdict is Verdict.REFUSED]
        if refused:
            await self._refunds(org_id, refused)
        return outcomes

    async def _attempt(
        self, org_id: UUID, batch: Sequence[Outgoing], lease: Deadline
    ) -> tuple[Sequence[Outcome], SendingAccount | None]:
        """What became of each, and the account that it was tried with, where that is known."""
        try:
            account = await self.accounts.for_org(org_id)
            if account.suspended:
                refused = (Outcome(m.id, Verdict.REFUSED, None, ACCOUNT_SUSPENDED) for m in batch)
                return list(refused), account
        except Unavailable:
            return [Outcome(m.id, Verdict.LATER) for m in batch], None
        clearance = BatchClearance(self._database, self._recipients, org_id, batch, lease)
        outcomes = await self._twilio.send_all(account, batch, clearance)
        if any(o.verdict is Verdict.LATER and o.error_code == NOT_SIGNED_IN for o in outcomes):
            self.accounts.evict(org_id)  # its credentials may have been replaced meanwhile
        for outcome in outcomes:
            SENT.labels(outcome.verdict.value).inc()
        return outcomes, account

    async def _note_opt_outs(
        self, org_id: UUID, batch: Sequence[Outgoing], outcomes: Sequence[Outcome]
    ) -> None:
        refused = {o.message_id for o in outcomes if o.opted_out and o.asked}
        phones = [m.to for m in batch if m.id in refused]
        if not phones:
            return
        try:
            await self._recipients.opt_out(org_id, phones, None)
        except Unavailable:  # the provider keeps refusing; the next refusal brings it again
            log.warning("opt_out_not_noted", people=len(phones))

    async def _record(
        self,
        org_id: UUID,
        batch: Sequence[Outgoing],
        outcomes: Sequence[Outcome],
        account: SendingAccount | None,
    ) -> None:
        """Put down what became of each.

        One for which that can't be done is found out about later, as if its sender had died.
        """
        bad = await one_by_one(outcomes, partial(self._record_some, org_id, batch, account))
        for outcome, error in bad:
            log.error("outcome_not_recorded", message_id=str(outcome.message_id), exc_info=error)

    async def _record_some(
        self,
        org_id: UUID,
        batch: Sequence[Outgoing],
        account: SendingAccount | None,
        outcomes: Sequence[Outcome],
    ) -> None:
        attempts = {m.id: m.attempts for m in batch}
        opted_out = {o.message_id for o in outcomes if o.opted_out}
        tally = Tally()
        async with self._database.org(org_id) as connection:
            moves = await sending.record(
                connection, org_id, outcomes, attempts, self._ask_after, account
            )
            tally.move(moves.values())
            for message_id, move in moves.items():
                if message_id in opted_out and move.failed:
                    tally.add(org_id, move.campaign_id, "opted_out")
            await announce(connection, *moved_events(tally))
            await tally.write(connection)


def moved_events(tally: Tally) -> list[tuple[str, events_pb2.CampaignMoved]]:
    """The events that tell campaigns whose counts have changed."""
    return [
        (
            subjects.CAMPAIGN_MOVED,
            events_pb2.CampaignMoved(org_id=str(org_id), campaign_id=str(campaign_id)),
        )
        for campaign_id, org_id in tally.campaigns
    ]
