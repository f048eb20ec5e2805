"""Note a STOP or a START, ordered by the provider's time of it. Decision 0019 has the rules."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from servicekit.crypto import DecryptionFailed
from servicekit.errors import NotFound, Unavailable
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.inbound import Inbound
from services.messaging.sending.providers.twilio_times import Said, TwilioTimes

log = structlog.get_logger()


class NoteWord:
    """Tells contacts what people said about being texted."""

    def __init__(
        self, recipients: Recipients, times: TwilioTimes, accounts: SendingAccounts
    ) -> None:
        self._recipients = recipients
        self._times = times
        self._accounts = accounts

    async def stop(self, org_id: UUID, inbound: Inbound) -> None:
        """Opt the sender out at once, on every channel, and also where no time can be found out.

        Raises:
            Unavailable: contacts is away.
        """
        try:
            said_at = inbound.said_at or (await self._said(org_id, inbound)).at
        except Unavailable as error:
            log.warning("time_of_stop_not_known", org_id=str(org_id), error=repr(error))
            said_at = None
        await self._recipients.opt_out(org_id, inbound.sender.addresses, said_at)

    async def start(self, org_id: UUID, inbound: Inbound) -> None:
        """Opt the sender in on the channel that they wrote on, unless they said STOP later.

        Raises:
            Unavailable: contacts is away, or the provider does not tell when it was said.
        """
        said = await self._said(org_id, inbound)
        await self._recipients.opt_in(org_id, inbound.sender.address, said.at, said.age)

    async def _said(self, org_id: UUID, inbound: Inbound) -> Said:
        try:
            account = await self._accounts.for_org(org_id)
            said = await self._times.said(account, inbound.provider_sid)
        except NotFound:
            said = None
        except DecryptionFailed as error:
            raise Unavailable("The account's credentials can't be read.") from error
        if said:
            return said
        # Deleted at the provider: no better time of it exists than when we heard of it.
        age = datetime.now(UTC) - inbound.received_at
        return Said(inbound.received_at, max(timedelta(0), age))
