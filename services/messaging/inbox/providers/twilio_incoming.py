"""Read incoming messages from Twilio's API."""

from datetime import UTC, datetime

from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.inbox.domain.attachments import Attachments, build_attachments
from services.messaging.sending.providers.twilio_reader import ProviderMessage, TwilioReader


class IncomingReader:
    """Reads incoming messages from Twilio. `reader` makes the requests."""

    def __init__(self, reader: TwilioReader) -> None:
        self._reader = reader

    async def fetch(self, account: SendingAccount, sid: str) -> ProviderMessage | None:
        """Return one message, or None if Twilio has deleted it.

        Raises:
            Unavailable: Twilio does not answer.
        """
        return await self._reader.fetch(account, sid)

    async def list_since(self, account: SendingAccount, since: datetime) -> list[ProviderMessage]:
        """List the messages received since the day (UTC) of `since`, oldest first.

        Raises:
            Unavailable: Twilio does not answer.
        """
        filters = {"DateSent>": _start_of_day(since)}
        found = [
            message
            async for page in self._reader.pages(account, filters)
            for message in page.messages
            if message.inbound
        ]
        return sorted(found, key=lambda message: message.created_at)

    async def attachments_of(self, account: SendingAccount, sid: str) -> Attachments:
        """Return the attachments of a message.

        Raises:
            Unavailable: Twilio does not answer.
        """
        content = await self._reader.get(account, f"/{sid}/Media.json")
        return build_attachments(
            (
                str(file.get("content_type") or ""),
                self._reader.url(str(file["uri"]).removesuffix(".json")),
            )
            for file in content.get("media_list", [])
            if str(file.get("uri", "")).endswith(".json")
        )


def _start_of_day(time: datetime) -> str:
    """Return the start of the day (UTC) for a filter of Twilio, which compares only days."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT00:00:00Z")
