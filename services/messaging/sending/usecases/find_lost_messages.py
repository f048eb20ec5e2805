"""Find messages that a restored database has lost, but Twilio or the ledger knows."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

import structlog

from servicekit.db.database import Database
from servicekit.errors import DomainError
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.sending.domain.lost_messages import KnownCharge, LostMessage
from services.messaging.sending.providers.twilio_reader import ProviderMessage, TwilioReader
from services.messaging.sending.storage import lost_messages
from services.messaging.sending.storage.lost_messages import StoredMessage
from services.messaging.sending.support.lookup_charges import DESCRIPTION

log = structlog.get_logger()

# A service whose clock is a minute off does not work, so Twilio's clock differs by less than this.
_CLOCKS_DIFFER = timedelta(minutes=2)


class FindLostMessages:
    """Compares Twilio's list and billing's charges with the stored messages. Changes nothing.

    `skipped` has the organisations whose list could not be read.
    """

    def __init__(self, database: Database, reader: TwilioReader, accounts: SendingAccounts) -> None:
        self._database = database
        self._reader = reader
        self._accounts = accounts
        self.skipped: list[UUID] = []

    async def of_all(self, since: datetime) -> AsyncIterator[LostMessage]:
        """Yield the lost messages of all organisations that Twilio created since a time.

        Messages to a person for whom a message is still searched for at Twilio are left out.
        """
        async with self._database.system() as connection:
            org_ids = await lost_messages.accounts(connection)
        for org_id in org_ids:
            try:
                found = await self.of(org_id, since)
            except DomainError as error:
                log.warning("lost_messages_not_searched", org_id=str(org_id), error=error.message)
                self.skipped.append(org_id)
            else:
                for message in found:
                    yield message

    async def of(self, org_id: UUID, since: datetime) -> Sequence[LostMessage]:
        """Return the lost messages of an organisation, as `of_all` does.

        Raises:
            NotFound: The organisation has no account at Twilio.
            Blocked: Its credentials can't be decrypted.
            Unavailable: Twilio does not answer. It does not for suspended accounts either.
        """
        account = await self._accounts.open(org_id)
        listed = await self._reader.sent_since(account, since - _CLOCKS_DIFFER)
        async with self._database.org(org_id) as connection:
            searched_for = await lost_messages.searched_for(connection, org_id)
            stored = await lost_messages.stored(connection, org_id, [m.sid for m in listed])
        return [
            found
            for message in listed
            if message.to not in searched_for and (found := _lost(org_id, message, stored))
        ]

    async def without_message(self, charges: Sequence[KnownCharge]) -> Sequence[KnownCharge]:
        """Return the charges for messages that are not stored."""
        missing: list[KnownCharge] = []
        ordered = sorted(charges, key=lambda charge: charge.org_id)
        for org_id, group in groupby(ordered, key=lambda charge: charge.org_id):
            for_messages = [charge for charge in group if charge.description != DESCRIPTION]
            async with self._database.org(org_id) as connection:
                known = await lost_messages.stored_ids(
                    connection, org_id, [charge.message_id for charge in for_messages]
                )
            missing += [charge for charge in for_messages if charge.message_id not in known]
        return missing


def _lost(
    org_id: UUID, message: ProviderMessage, stored: Mapping[str, StoredMessage]
) -> LostMessage | None:
    """Return the message as a lost one, or None if it is stored and charged."""
    ours = stored.get(message.sid)
    if ours and ours.charged:
        return None
    return LostMessage(
        "not_charged" if ours else "not_stored",
        org_id,
        message.sid,
        ours.id if ours else None,
        message.to,
        message.from_number,
        message.body,
        message.status,
        message.segments,
        message.created_at,
    )
