"""Find out whether unknown messages were sent. Only those that were not are sent again.

Twilio accepts no idempotency key. So after a request without an answer, Twilio's list of messages
is searched for the message. If it is there, it was sent. If it is not there although Twilio has had
all the time it needs, by its own clock and by ours, it was never accepted and may be sent again.
`domain/searches.py` decides what a search proves.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, Turn
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.storage.send_jobs import wake_sender
from services.messaging.sending.domain.delivery_reports import DeliveryReport
from services.messaging.sending.domain.message_status import MessageStatus, from_twilio
from services.messaging.sending.domain.searches import Patience, same_body
from services.messaging.sending.providers.twilio_reader import ProviderMessage, TwilioReader
from services.messaging.sending.storage import open_messages
from services.messaging.sending.storage.open_messages import OpenMessage, Polling
from services.messaging.sending.storage.tally import Tally
from services.messaging.sending.usecases.apply_reports import ApplyReports

log = structlog.get_logger()

_JOB = "resolve-unknown"
_AT_ONCE = 8


class ResolveUnknown:
    """Finds out whether messages with the status `unknown` were sent."""

    def __init__(
        self,
        database: Database,
        reader: TwilioReader,
        accounts: SendingAccounts,
        apply: ApplyReports,
        patience: Patience,
    ) -> None:
        self._database = database
        self._reader = reader
        self._accounts = accounts
        self._apply = apply
        self._patience = patience
        again = max(1.0, patience.horizon.total_seconds() / 10)
        lease = patience.lease.total_seconds()
        self._polling = Polling(_JOB, (MessageStatus.UNKNOWN,), 500, again, lease)
        self._items = JobItems(database, "messaging", _JOB)

    async def run(self) -> None:
        """Search Twilio for all due messages with the status `unknown`."""
        async with self._database.system() as connection:
            messages = await open_messages.claim(connection, self._polling)
        # The messages to one recipient are resolved one after the other. Each listed message is
        # used once, so two messages with the same body to one person are told apart.
        by_recipient: dict[tuple[UUID, str], list[OpenMessage]] = {}
        for message in messages:
            by_recipient.setdefault((message.org_id, message.to), []).append(message)
        run = _Run(self._accounts)
        async with self._items.turn() as turn:
            groups = by_recipient.values()
            await asyncio.gather(*(self._resolve(turn, group, run) for group in groups))

    async def _resolve(self, turn: Turn, group: Sequence[OpenMessage], run: "_Run") -> None:
        async with run.limit:
            for message in group:
                item = Item(str(message.id), message.org_id)
                await turn.attempt(item, partial(self._resolve_one, message, run))

    async def _resolve_one(self, message: OpenMessage, run: "_Run") -> None:
        account = await run.account(message.org_id)
        listed = await self._reader.sent_to(account, message.to, message.last.listed_since)
        candidates = [
            m for m in listed.messages if not m.inbound and same_body(m.body, message.body)
        ]
        ours = await self._unclaimed(message.org_id, candidates)
        if ours:
            # If several have the same body, ours is the one nearest in time.
            began_at = message.last.began_at(listed.asked_at)
            await self._adopt(message, min(ours, key=lambda m: abs(m.created_at - began_at)))
        else:
            await self._note_absence(message, listed.asked_at)

    async def _unclaimed(
        self, org_id: UUID, candidates: Sequence[ProviderMessage]
    ) -> Sequence[ProviderMessage]:
        """Return the candidates from Twilio's list that belong to no stored message."""
        if not candidates:
            return []
        async with self._database.org(org_id) as connection:
            taken = await open_messages.claimed_sids(
                connection, org_id, [m.sid for m in candidates]
            )
        return [m for m in candidates if m.sid not in taken]

    async def _note_absence(self, message: OpenMessage, asked_at: datetime) -> None:
        first = message.last.first_search
        if first is None or asked_at < first:
            async with self._database.org(message.org_id) as connection:
                await open_messages.note_search(connection, message, asked_at)
        elif self._patience.is_over(message.last, asked_at):
            await self._send_again(message)

    async def _adopt(self, message: OpenMessage, found: ProviderMessage) -> None:
        status = from_twilio(found.status) or MessageStatus.QUEUED
        report = DeliveryReport(message.id, status, found.error_code, found.sid, found.from_number)
        log.info("unknown_message_found", message_id=str(message.id), sid=found.sid)
        async with self._database.org(message.org_id) as connection:
            moved = await self._apply.apply(connection, [report], ())
        await self._apply.follow_up(moved)

    async def _send_again(self, message: OpenMessage) -> None:
        log.info("unknown_message_was_not_taken", message_id=str(message.id))
        tally = Tally()
        async with self._database.org(message.org_id) as connection:
            tally.move(await open_messages.send_again(connection, message))
            await wake_sender(connection, message.org_id)
            await tally.announce_and_write(connection)


class _Run:
    """What all searches of one run use: the limit of parallel searches, and the accounts.

    After the crash of a sender process, hundreds of messages of one organisation are searched for,
    so its account is read once in a run.
    """

    def __init__(self, accounts: SendingAccounts) -> None:
        self.limit = asyncio.Semaphore(_AT_ONCE)
        self._accounts = accounts
        self._known: dict[UUID, SendingAccount] = {}

    async def account(self, org_id: UUID) -> SendingAccount:
        """Return the account of an organisation.

        Raises:
            NotFound: no_subaccount.
            Blocked: credentials_unreadable.
        """
        if org_id not in self._known:
            self._known[org_id] = await self._accounts.for_org(org_id)
        return self._known[org_id]
