"""Send the scheduled sends that are due.

A turn claims a scheduled send, accepts the messages to those who may be texted now, and stores the
result. Each message belongs to the scheduled send's own operation, so that a turn can be repeated
after an interruption and creates no message twice. Senders send the accepted messages like all
others.
"""

from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.failing_items import Item
from servicekit.identity import Identity, acting_as
from servicekit.ids import new_id
from servicekit.isolation import JobItems
from servicekit.operation import operating, part
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.domain.recipients import Recipient
from services.messaging.common.support.audit import audit_by_platform
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.domain.limits import CAP_REACHED
from services.messaging.sending.domain.registered_senders import UNREGISTERED
from services.messaging.sending.domain.scheduled_sends import ScheduledKind, ScheduledRecipient
from services.messaging.sending.storage import messages, scheduled_turns
from services.messaging.sending.storage.scheduled_turns import ScheduledTurn, TurnResult
from services.messaging.sending.support.accept_messages import Accepted, AcceptMessages
from services.messaging.sending.support.conversations import Conversations, SentMessage
from services.messaging.sending.support.scheduled_plan import PlanTurns, TurnPlan
from services.messaging.sending.support.sender_check import require_sender

log = structlog.get_logger()

_BATCH = 50

# Problems that a person can solve, so the send is held and no recipient is left out.
_HOLDING = (CAP_REACHED, UNREGISTERED)


class SendScheduled:
    """Sends scheduled sends that are due."""

    def __init__(
        self,
        database: Database,
        accept: AcceptMessages,
        accounts: SendingAccounts,
        plans: PlanTurns,
        conversations: Conversations,
    ) -> None:
        self._database = database
        self._accept = accept
        self._accounts = accounts
        self._plans = plans
        self._conversations = conversations

    async def send_all(self) -> None:
        """Send all scheduled sends that are due, also those that a process began before it died."""
        async with JobItems(self._database, "messaging", "send-scheduled").turn() as turn:
            some = True
            while some:
                async with self._database.system() as connection:
                    due = await scheduled_turns.due(connection, _BATCH)
                some = False
                for scheduled_id, org_id in due:
                    item = Item(str(scheduled_id), org_id)
                    some |= bool(await turn.attempt(item, partial(self._send_one, item)))

    async def _send_one(self, item: Item) -> bool:
        """Claim and send one scheduled send. Returns False if it can't be claimed."""
        scheduled_id, org_id = UUID(item.id), item.org_id
        if org_id is None:
            return False
        async with self._database.org(org_id) as connection:
            turn = await scheduled_turns.claim(connection, org_id, scheduled_id)
        if turn is None:
            return False
        platform = Identity("messaging", org_id, turn.user_id)
        with acting_as(platform), operating(turn.id):
            plan = await self._plans.plan(turn)
            await self._finish(turn, plan, await self._result(turn, plan))
        return True

    async def _result(self, turn: ScheduledTurn, plan: TurnPlan) -> TurnResult:
        """Accept the messages that are sent in this turn, and return the turn's result."""
        if not plan.ready:
            return TurnResult(plan.sent, plan.refused, None, plan.next_at)
        try:
            await require_sender(self._accounts, turn.org_id)
        except InvalidInput as error:
            return TurnResult(plan.sent, plan.refused, error.code, plan.next_at)
        drafts = [_draft(turn, plan, recipient, contact) for recipient, contact in plan.ready]
        accepted = await self._accept.accept(
            Payer(turn.org_id, turn.user_id, by_setting=True), drafts
        )
        held = None
        for recipient, _ in plan.ready:
            if recipient.phone in accepted.ids:
                plan.sent[recipient.position] = accepted.ids[recipient.phone]
            elif accepted.reason(recipient.phone) in _HOLDING or _unpaid(accepted, recipient):
                held = held or accepted.reason(recipient.phone).code
            else:
                plan.refused[recipient.position] = accepted.reason(recipient.phone)
        return TurnResult(plan.sent, plan.refused, held, plan.next_at)

    async def _finish(self, turn: ScheduledTurn, plan: TurnPlan, result: TurnResult) -> None:
        async with self._database.org(turn.org_id) as connection:
            status = await scheduled_turns.finish(connection, turn, result)
            if status is None:
                return
            if turn.kind is not ScheduledKind.BATCH:
                await self._show(connection, turn, plan)
            if result.held:
                await audit_by_platform(
                    connection,
                    turn.org_id,
                    "scheduled_send_held",
                    ("scheduled_send", str(turn.id)),
                    reason=result.held,
                )
        log.info(
            "scheduled_send_finished",
            scheduled_id=str(turn.id),
            status=status,
            reason=result.held,
            sent=len(result.sent),
            refused=len(result.refused),
        )

    async def _show(self, connection: AsyncConnection, turn: ScheduledTurn, plan: TurnPlan) -> None:
        """Show a single message in the conversation with its contact."""
        for message_id in plan.sent.values():
            sent = await messages.find(connection, turn.org_id, message_id)
            if sent and sent.contact_id:
                shown = SentMessage(sent.contact_id, sent.to, sent.body, sent.created_at, False)
                await self._conversations.show_sent(connection, turn.org_id, shown)


def _unpaid(accepted: Accepted, recipient: ScheduledRecipient) -> bool:
    return recipient.phone not in accepted.refused


def _draft(
    turn: ScheduledTurn, plan: TurnPlan, recipient: ScheduledRecipient, contact: Recipient
) -> Draft:
    return Draft(
        new_id(),
        contact.contact_id,
        recipient.phone,
        recipient.own_body or turn.body,
        recipient.segments,
        recipient.price_cents,
        part(recipient.phone),
        plan.from_number,
        contact.time_zone,
        smart_encoded=recipient.smart_encoded,
        media_urls=turn.media_urls,
        options=recipient.own.options(turn.options),
        valid_until=turn.valid_until,
    )
