"""Asks Twilio for texts that came in: a lost webhook must not lose a STOP."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog

from servicekit.crypto import DecryptionFailed
from servicekit.db.database import Database
from servicekit.errors import DomainError
from services.messaging.domain.attachments import Attachments
from services.messaging.domain.inbound import Inbound
from services.messaging.domain.senders import sender_of
from services.messaging.providers.twilio_lookup import ProviderMessage, TwilioLookup
from services.messaging.storage import inbound_poll
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.receive_inbound import ReceiveInbound

log = structlog.get_logger()

# Both are Twilio's time, but for the first poll; and its clock may be set, too.
_OVERLAP = timedelta(hours=2)


class PollInbound:
    """Receives what was not received yet. Each text counts once, by its SID."""

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

    async def __call__(self) -> None:
        """Ask for every organisation that has an account."""
        async with self._database.system() as connection:
            accounts = await inbound_poll.accounts(connection)
        for org_id, seen_at in accounts:
            try:
                await self._poll(org_id, seen_at)
            except (DomainError, DecryptionFailed) as error:
                log.warning("inbound_not_polled", org_id=str(org_id), error=repr(error))

    async def _poll(self, org_id: UUID, seen_at: datetime) -> None:
        account = await self._accounts.for_org(org_id)
        listed = await self._lookup.received_since(account, seen_at - _OVERLAP)
        async with self._database.org(org_id) as connection:
            known = await inbound_poll.known_sids(connection, org_id, [m.sid for m in listed])
        for found in listed:
            if found.sid not in known:
                await self._receive(org_id, _inbound(found))
        if listed:
            async with self._database.org(org_id) as connection:
                await inbound_poll.mark_seen(connection, org_id, listed[-1].created_at)


def _inbound(found: ProviderMessage) -> Inbound:
    return Inbound(
        provider_sid=found.sid,
        sender=sender_of(found.from_number or ""),
        to=found.to,
        body=found.body,
        segments=found.segments,
        received_at=found.created_at,
        said_at=found.created_at,
        attachments=Attachments(found.media_count),
    )
