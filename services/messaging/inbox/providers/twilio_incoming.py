"""List the texts that came in at Twilio."""

from datetime import UTC, datetime

from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.inbox.domain.attachments import Attachments, build_attachments
from services.messaging.sending.providers.twilio_reader import ProviderMessage, TwilioReader


class TwilioIncoming:
    """Reads incoming texts, with the connections of ``reader``."""

    def __init__(self, reader: TwilioReader) -> None:
        self._reader = reader

    async def fetch(self, account: SendingAccount, sid: str) -> ProviderMessage | None:
        """Return one text; None if Twilio has deleted it. Raises ``Unavailable``."""
        return await self._reader.fetch(account, sid)

    async def received_since(
        self, account: SendingAccount, since: datetime
    ) -> list[ProviderMessage]:
        """List the texts received since a time (UTC), oldest first. Raises ``Unavailable``."""
        filters = {"DateSent>": _start_of_day(since)}
        found = [
            message
            async for page in self._reader.pages(account, filters)
            for message in page.messages
            if message.inbound
        ]
        return sorted(found, key=lambda message: message.created_at)

    async def attachments_of(self, account: SendingAccount, sid: str) -> Attachments:
        """Return the pictures and files of a text. Raises ``Unavailable``."""
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
    """As Twilio's filters take it: they go by whole days (UTC), and are typed as moments."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT00:00:00Z")
