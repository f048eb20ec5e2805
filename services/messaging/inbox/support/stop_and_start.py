"""Handle STOP and START in the order in which they were sent. See decision 0019 for the rules."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from servicekit.crypto import DecryptionFailed
from servicekit.errors import NotFound, Unavailable
from servicekit.modes import is_test
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.domain.incoming_message import IncomingMessage
from services.messaging.inbox.domain.intents import Intent
from services.messaging.inbox.providers.twilio_times import SentTime, TwilioTimes

log = structlog.get_logger()


class StopAndStart:
    """Opts people out when they send STOP, and in when they send START."""

    def __init__(
        self, recipients: Recipients, times: TwilioTimes, accounts: SendingAccounts
    ) -> None:
        self._recipients = recipients
        self._times = times
        self._accounts = accounts

    async def handle(self, org_id: UUID, message: IncomingMessage, intent: Intent | None) -> None:
        """Opt the person out if the message means STOP, or in if it means START.

        Other messages change nothing.

        Raises:
            Unavailable: The contacts service, or Twilio for the time of a START, does not answer.
        """
        if intent is Intent.STOP:
            await self._opt_out(org_id, message)
        elif intent is Intent.START:
            await self._opt_in(org_id, message)

    async def _opt_out(self, org_id: UUID, message: IncomingMessage) -> None:
        """Opt the person out on every channel, even if Twilio can't tell when the STOP was sent."""
        try:
            sent_at = message.sent_at or (await self._sent_time(org_id, message)).at
        except Unavailable as error:
            log.warning("time_of_stop_not_known", org_id=str(org_id), error=repr(error))
            sent_at = None
        await self._recipients.opt_out(
            org_id, message.from_address.opt_out_addresses, sent_at, message.body
        )

    async def _opt_in(self, org_id: UUID, message: IncomingMessage) -> None:
        """Opt the person in on the channel of the message, unless a STOP was sent later."""
        sent = await self._sent_time(org_id, message)
        await self._recipients.opt_in(
            org_id, message.from_address.value, sent.at, sent.age, message.body
        )

    async def _sent_time(self, org_id: UUID, message: IncomingMessage) -> SentTime:
        if is_test(org_id):  # only this platform knows the message
            return _arrival(message)
        try:
            account = await self._accounts.for_org(org_id)
            sent = await self._times.find(account, message.provider_sid)
        except NotFound:
            sent = None
        except DecryptionFailed as error:
            raise Unavailable("The account's credentials can't be read.") from error
        if sent:
            return sent
        # Twilio has deleted the message, so the time at which it arrived here is the best one.
        return _arrival(message)


def _arrival(message: IncomingMessage) -> SentTime:
    age = datetime.now(UTC) - message.received_at
    return SentTime(message.received_at, max(timedelta(0), age))
