"""Ask Twilio for incoming messages, so that a lost webhook doesn't lose a STOP."""

import time
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from prometheus_client import Gauge

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, Turn
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.inbox.domain.attachments import Attachments
from services.messaging.inbox.domain.from_address import parse_from_address
from services.messaging.inbox.domain.incoming_message import IncomingMessage
from services.messaging.inbox.providers.twilio_incoming import IncomingReader
from services.messaging.inbox.storage import poll_progress
from services.messaging.inbox.usecases.receive_message import ReceiveMessage
from services.messaging.sending.providers.twilio_reader import ProviderMessage

# The first poll uses the time of our clock, and Twilio's clock may differ or be corrected.
_OVERLAP = timedelta(hours=2)

_AT_ONCE = 8
"""How many organisations are polled in parallel: fewer than a process has connections."""

BEHIND = Gauge(
    "smsblaster_inbound_poll_behind_seconds",
    "Seconds since this process last polled every organisation at Twilio",
)


class PollIncoming:
    """Receives messages whose webhook was lost. A message that is stored (same SID) is skipped.

    If receiving a message fails, its SID is recorded, and later runs fetch the message again.
    """

    def __init__(
        self,
        database: Database,
        reader: IncomingReader,
        accounts: SendingAccounts,
        receive: ReceiveMessage,
    ) -> None:
        self._database = database
        self._reader = reader
        self._accounts = accounts
        self._receive = receive
        self._items = JobItems(database, "messaging", "poll-inbound", keeps=True)
        self._polled_since = time.monotonic()
        BEHIND.set_function(self._behind)

    async def poll_all(self) -> None:
        """Poll every organisation that has an account at Twilio."""
        began = time.monotonic()
        async with self._database.system() as connection:
            accounts = await poll_progress.accounts(connection)
        async with self._items.turn() as turn:
            works = (
                (Item.org(org_id), partial(self._poll, turn, org_id, seen_at))
                for org_id, seen_at in accounts
            )
            await turn.attempt_all(works, _AT_ONCE)
        self._polled_since = began

    def _behind(self) -> float:
        return time.monotonic() - self._polled_since

    async def _poll(self, turn: Turn, org_id: UUID, seen_at: datetime) -> None:
        account = await self._accounts.for_org(org_id)
        await self._receive_failed(turn, org_id, account)
        listed = await self._reader.list_since(account, seen_at - _OVERLAP)
        async with self._database.org(org_id) as connection:
            known = await poll_progress.known_sids(connection, org_id, [m.sid for m in listed])
        for found in listed:
            if found.sid not in known:
                await self._receive_one(turn, org_id, account, found)
        if listed:
            async with self._database.org(org_id) as connection:
                await poll_progress.mark_seen(connection, org_id, listed[-1].created_at)

    async def _receive_failed(self, turn: Turn, org_id: UUID, account: SendingAccount) -> None:
        """Try again to receive messages that failed before and are too old to be in the list."""
        for item in turn.due_again(org_id):
            if item.id != str(org_id):
                found = await self._reader.fetch(account, item.id)
                if found is None:  # deleted at Twilio: there is nothing to receive
                    await turn.succeeded(item)
                else:
                    await self._receive_one(turn, org_id, account, found)

    async def _receive_one(
        self, turn: Turn, org_id: UUID, account: SendingAccount, found: ProviderMessage
    ) -> None:
        attachments = Attachments(found.media_count)
        if found.media_count:
            with suppress(Unavailable):  # the text may be a STOP, so it doesn't wait for pictures
                attachments = await self._reader.attachments_of(account, found.sid)
        message = _incoming_message(found, attachments)
        item = Item(found.sid, org_id)
        await turn.attempt_part(item, partial(self._receive.receive, org_id, message))


def _incoming_message(found: ProviderMessage, attachments: Attachments) -> IncomingMessage:
    return IncomingMessage(
        provider_sid=found.sid,
        from_address=parse_from_address(found.from_number or ""),
        to=found.to,
        body=found.body,
        segments=found.segments,
        received_at=found.created_at,
        sent_at=found.created_at,
        attachments=attachments,
    )
