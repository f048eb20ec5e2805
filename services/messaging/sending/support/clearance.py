"""Decide whether the messages of a batch may still be sent, while the batch is being sent.

With a slow provider a batch takes seconds. An opt-out, a hold or the release of the sending number
in that time must stop the messages that are not sent yet. So must the end of the claim, even if
this process was frozen for a long time.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.outbound.deadlines import Deadline
from servicekit.phones import canonical
from services.messaging.common.domain.platform_codes import SENDER_RELEASED, TEXT_EXPIRED
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.outcomes import Outcome, Verdict
from services.messaging.sending.domain.outgoing import Outgoing
from services.messaging.sending.domain.twilio_codes import RECIPIENT_OPTED_OUT
from services.messaging.sending.storage import (
    counts,
    doubtful_recipients,
    messages,
    sending_hold,
)

log = structlog.get_logger()

_VALID_SECONDS = 0.75
"""Maximum age in seconds, at the start of a request, of what is known about its message.

These are opt-outs, holds and released phone numbers.
"""


class BatchClearance:
    """Decides which messages of a claimed batch may be sent now.

    Args:
        database: Tells what is held: campaigns, or the sending of all organisations.
        recipients: Tells who has opted out.
        org_id: The organisation of the batch.
        batch: The messages.
        lease: The end of the claim. No request begins after it, since another sender process may
            have claimed the message by then.
    """

    def __init__(
        self,
        database: Database,
        recipients: Recipients,
        org_id: UUID,
        batch: Sequence[Outgoing],
        lease: Deadline,
    ) -> None:
        self._database = database
        self._recipients = recipients
        self._org_id = org_id
        self._batch = batch
        self._campaigns = {message.campaign_id for message in batch if message.campaign_id}
        self._lease = lease
        self._asking = asyncio.Lock()
        self._valid_until = Deadline.after(0)
        self._refused: Mapping[UUID, int] = {}
        self._held: Collection[UUID] = ()
        self._all_held = False
        self._is_away = False

    async def outcome_of(self, message: Outgoing) -> Outcome | None:
        """Return the outcome of a message that must not be sent now, or None if it may be sent."""
        await self._renew()
        if self._is_away or self._lease.has_passed or self._holds(message):
            return Outcome(message.id, Verdict.LATER)
        code = TEXT_EXPIRED if message.has_expired else self._refused.get(message.id)
        if code is not None:
            return Outcome(message.id, Verdict.REFUSED, None, code, asked=False)
        return None

    def allows(self, message: Outgoing) -> bool:
        """Return whether the request for a message may begin now.

        This is called right before the request is written to the network, so it must not wait.
        """
        return (
            not self._lease.has_passed
            and not self._valid_until.has_passed
            and not message.has_expired
            and message.id not in self._refused
            and not self._holds(message)
        )

    def _holds(self, message: Outgoing) -> bool:
        return self._all_held or message.campaign_id in self._held

    async def _renew(self) -> None:
        """Read opt-outs and holds again, if they were read too long ago.

        Messages that wait at the same time share the result.
        """
        if not self._valid_until.has_passed:
            return
        async with self._asking:
            while self._valid_until.has_passed and not (self._is_away or self._lease.has_passed):
                valid_until = Deadline.after(_VALID_SECONDS)  # counted from before the request
                try:
                    await self._ask()
                except (DomainError, SQLAlchemyError) as error:
                    log.warning("batch_not_cleared", org_id=str(self._org_id), error=repr(error))
                    self._is_away = True
                self._valid_until = valid_until

    async def _ask(self) -> None:
        """Read who may have opted out, what is held and which numbers were released."""
        numbers = await self._recipients.opted_out(self._org_id, [m.to for m in self._batch])
        ids = [message.id for message in self._batch]
        async with self._database.org(self._org_id) as connection:
            released = await self._with_released_sender(connection)
            self._all_held = await sending_hold.find(connection) is not None
            doubtful = await doubtful_recipients.messages_to(connection, self._org_id, ids)
            if self._campaigns:
                self._held = await counts.held_among(connection, self._org_id, self._campaigns)
        silent = doubtful | {m.id for m in self._batch if m.to in numbers}
        self._refused = dict.fromkeys(released, SENDER_RELEASED) | dict.fromkeys(
            silent, RECIPIENT_OPTED_OUT
        )

    async def _with_released_sender(self, connection: AsyncConnection) -> Collection[UUID]:
        """Return the messages whose chosen phone number the organisation no longer has."""
        if not any(message.from_number for message in self._batch):
            return ()
        own = frozenset(await messages.own_numbers(connection, self._org_id))
        return [m.id for m in self._batch if m.from_number and canonical(m.from_number) not in own]
