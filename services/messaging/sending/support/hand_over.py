"""Hand claimed messages over to Twilio, and record the outcomes.

Messages of a test organisation are handed over to nobody (``pretend_to_send``). Even without this
module they could not reach Twilio: a test organisation has no account to sign in with, and
``SendingAccounts.for_org`` refuses to look for one.

The claim is committed before Twilio is called, and the outcome is recorded in a second transaction.
No database connection is held while Twilio answers. After a crash in between, the claim of the
messages expires, and a job finds out what became of them.
"""

import collections
import time
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import structlog
from prometheus_client import Counter, Histogram

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.isolation import one_by_one
from servicekit.modes import is_test
from servicekit.outbound.deadlines import Deadline
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.magic_numbers import STEP_SECONDS
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.outcomes import Outcome, Verdict
from services.messaging.sending.domain.outgoing import Outgoing
from services.messaging.sending.domain.twilio_codes import ACCOUNT_SUSPENDED, BAD_CREDENTIALS
from services.messaging.sending.providers.twilio_messages import TwilioMessages
from services.messaging.sending.storage import claims
from services.messaging.sending.storage.tally import Tally
from services.messaging.sending.support.clearance import BatchClearance
from services.messaging.sending.support.due_refunds import DueRefunds
from services.messaging.sending.support.ended_messages import ENDED
from services.messaging.sending.support.pretend_to_send import pretend_to_send

log = structlog.get_logger()

SENT = Counter("smsblaster_sms_handed_over_total", "Requests to send, by outcome", ["verdict"])
for _verdict in Verdict:
    SENT.labels(_verdict.value)
HANDED_OVER = Histogram(
    "smsblaster_message_handover_seconds",
    "Seconds from the time at which a message was due until Twilio accepted it, without those for"
    " which its organisation's own rate made it wait",
    buckets=(0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600),
)


class HandOver:
    """Hands claimed messages over to Twilio."""

    def __init__(
        self,
        database: Database,
        twilio: TwilioMessages,
        accounts: SendingAccounts,
        recipients: Recipients,
        refunds: DueRefunds,
        pace: claims.Pace,
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
        """Return the time at which a claim that is made now expires."""
        return Deadline.after(self.pace.lease_seconds)

    async def hand_over(
        self, org_id: UUID, batch: Sequence[Outgoing], lease: Deadline
    ) -> Sequence[Outcome]:
        """Send `batch`, which this process has claimed, and return the outcome of each message.

        No request begins after the end of the `lease`, since another sender process may have
        claimed the message by then. No request begins if the recipient has opted out or the
        campaign is held.
        """
        began = time.monotonic()
        outcomes, account = await self._attempt(org_id, batch, lease)
        await self._record(org_id, batch, outcomes, account)
        if not is_test(org_id):
            _measure(batch, outcomes, time.monotonic() - began)
        await self._note_opt_outs(org_id, batch, outcomes)
        refused = [o.message_id for o in outcomes if o.verdict is Verdict.REFUSED]
        if refused:
            await self._refunds.refund(org_id, refused)
        return outcomes

    async def _attempt(
        self, org_id: UUID, batch: Sequence[Outgoing], lease: Deadline
    ) -> tuple[Sequence[Outcome], SendingAccount | None]:
        """Send each message. Returns the outcomes, and the account if it is known."""
        clearance = BatchClearance(self._database, self._recipients, org_id, batch, lease)
        if is_test(org_id):
            return await self._pretend(org_id, batch, clearance), None
        try:
            account = await self.accounts.for_org(org_id)
        except Unavailable:
            return [Outcome(m.id, Verdict.LATER) for m in batch], None
        if account.suspended:
            return _suspended(batch), account
        outcomes = await self._twilio.send_all(account, batch, clearance)
        if any(o.verdict is Verdict.LATER and o.error_code == BAD_CREDENTIALS for o in outcomes):
            self.accounts.evict(org_id)  # its credentials may have been replaced
        for verdict, count in collections.Counter(o.verdict for o in outcomes).items():
            SENT.labels(verdict.value).inc(count)
        return outcomes, account

    async def _pretend(
        self, org_id: UUID, batch: Sequence[Outgoing], clearance: BatchClearance
    ) -> Sequence[Outcome]:
        """Return the outcomes of test messages, which are sent to nobody."""
        sender = await self.accounts.sender_of(org_id)
        return _suspended(batch) if sender.suspended else await pretend_to_send(batch, clearance)

    async def _note_opt_outs(
        self, org_id: UUID, batch: Sequence[Outgoing], outcomes: Sequence[Outcome]
    ) -> None:
        refused = {o.message_id for o in outcomes if o.opted_out and o.asked}
        phones = [m.to for m in batch if m.id in refused]
        if not phones:
            return
        try:
            await self._recipients.opt_out(org_id, phones, None)
        except Unavailable:  # it is recorded at the next refusal by the provider
            log.warning("opt_out_not_noted", people=len(phones))

    async def _record(
        self,
        org_id: UUID,
        batch: Sequence[Outgoing],
        outcomes: Sequence[Outcome],
        account: SendingAccount | None,
    ) -> None:
        """Store the outcomes of ``batch``.

        If that fails, a job finds out later whether the messages were sent.
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
        ask_after = STEP_SECONDS if is_test(org_id) else self._ask_after
        async with self._database.org(org_id) as connection:
            moves = await claims.record(
                connection, org_id, claims.Outcomes(outcomes, attempts, account), ask_after
            )
            tally.move(moves.values())
            for message_id, move in moves.items():
                if message_id in opted_out and move.failed:
                    tally.add(org_id, move.campaign_id, "opted_out")
            await tally.announce_and_write(connection)


def _suspended(batch: Sequence[Outgoing]) -> Sequence[Outcome]:
    return [Outcome(m.id, Verdict.REFUSED, None, ACCOUNT_SUSPENDED) for m in batch]


def _measure(batch: Sequence[Outgoing], outcomes: Sequence[Outcome], seconds: float) -> None:
    """Measure how long each accepted message waited before its claim, plus ``seconds`` since then.

    If Twilio asked us to send a message later, its wait begins at the end of that pause.
    """
    waited = {message.id: message.waited_seconds for message in batch}
    for outcome in outcomes:
        if outcome.verdict is Verdict.ACCEPTED:
            HANDED_OVER.observe(waited[outcome.message_id] + seconds)
        elif outcome.verdict is Verdict.REFUSED:
            ENDED.labels(MessageStatus.FAILED).inc()
