"""Asks Twilio for texts that came in: a lost webhook must not lose a STOP."""

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
from services.messaging.inbox.domain.inbound import Inbound
from services.messaging.inbox.domain.senders import sender_of
from services.messaging.inbox.storage import inbound_poll
from services.messaging.inbox.usecases.receive_inbound import ReceiveInbound
from services.messaging.sending.providers.twilio_lookup import ProviderMessage, TwilioLookup

# Both are Twilio's time, but for the first poll; and its clock may be set, too.
_OVERLAP = timedelta(hours=2)

_AT_ONCE = 8
"""Organisations that are asked for at a time: fewer than a process has connections."""

BEHIND = Gauge(
    "inbound_poll_behind_seconds",
    "Seconds since which Twilio was asked about every organisation by this process",
)


class PollInbound:
    """Receives what was not received yet. Each text counts once, by its SID.

    A text that can't be received is on record under its SID, and is asked for by it until it can.
    """

    def __init__(
        self,
        database: Database,
        lookup: TwilioLookup,
        accounts: SendingAccounts,
        receive: ReceiveInbound,
    ) -> None:
        self._database = database
        self._lookup = lookup
        self._accounts = accounts
        self._receive = receive
        self._items = JobItems(database, "messaging", "poll-inbound", keeps=True)
        self._asked_since = time.monotonic()
        BEHIND.set_function(self._behind)

    async def __call__(self) -> None:
        """Ask for every organisation that has an account."""
        began = time.monotonic()
        async with self._database.system() as connection:
            accounts = await inbound_poll.accounts(connection)
        async with self._items.turn() as turn:
            works = (
                (Item.org(org_id), partial(self._poll, turn, org_id, seen_at))
                for org_id, seen_at in accounts
            )
            await turn.attempt_all(works, _AT_ONCE)
        self._asked_since = began

    def _behind(self) -> float:
        return time.monotonic() - self._asked_since

    async def _poll(self, turn: Turn, org_id: UUID, seen_at: datetime) -> None:
        account = await self._accounts.for_org(org_id)
        await self._receive_failed(turn, org_id, account)
        listed = await self._lookup.received_since(account, seen_at - _OVERLAP)
        async with self._database.org(org_id) as connection:
            known = await inbound_poll.known_sids(connection, org_id, [m.sid for m in listed])
        for found in listed:
            if found.sid not in known:
                await self._receive_one(turn, org_id, account, found)
        if listed:
            async with self._database.org(org_id) as connection:
                await inbound_poll.mark_seen(connection, org_id, listed[-1].created_at)

    async def _receive_failed(self, turn: Turn, org_id: UUID, account: SendingAccount) -> None:
        """Receive texts that could not be received before: they are listed no longer."""
        for item in turn.due_again(org_id):
            if item.id != str(org_id):
                found = await self._lookup.fetch(account, item.id)
                if found is None:  # deleted at Twilio: there is nothing to receive
                    await turn.succeeded(item)
                else:
                    await self._receive_one(turn, org_id, account, found)

    async def _receive_one(
        self, turn: Turn, org_id: UUID, account: SendingAccount, found: ProviderMessage
    ) -> None:
        attachments = Attachments(found.media_count)
        if found.media_count:
            with suppress(Unavailable):  # its words may be a STOP, and do not wait for pictures
                attachments = await self._lookup.attachments_of(account, found.sid)
        inbound = _inbound(found, attachments)
        item = Item(found.sid, org_id)
        await turn.attempt_part(item, partial(self._receive, org_id, inbound))


def _inbound(found: ProviderMessage, attachments: Attachments) -> Inbound:
    return Inbound(
        provider_sid=found.sid,
        sender=sender_of(found.from_number or ""),
        to=found.to,
        body=found.body,
        segments=found.segments,
        received_at=found.created_at,
        said_at=found.created_at,
        attachments=attachments,
    )
