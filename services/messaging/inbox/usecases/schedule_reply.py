"""Schedule a reply to a contact."""

from uuid import UUID

from servicekit.db.database import Database
from services.messaging.common.providers.recipients import Recipients
from services.messaging.inbox.support.reply_address import CONTACT_FIELD, reply_address
from services.messaging.sending.domain.drafts import Content, Payer
from services.messaging.sending.domain.scheduled_sends import (
    LaterRecipient,
    ScheduledKind,
    ScheduledSend,
    SendLater,
    When,
)
from services.messaging.sending.support.scheduling import Scheduling, require_scheduled


class ScheduleReply:
    """Schedules replies. The contact's messages stay unread."""

    def __init__(self, database: Database, recipients: Recipients, scheduling: Scheduling) -> None:
        self._database = database
        self._recipients = recipients
        self._scheduling = scheduling

    async def schedule(
        self, payer: Payer, contact_id: UUID, content: Content, when: When
    ) -> ScheduledSend:
        """Schedule a message to a contact, if possible from the phone number they last wrote to.

        Raises what `Scheduling.schedule` raises, and:

        Raises:
            NotFound: The contact does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
            InvalidInput: cannot_reply, or the contact can't be texted.
        """
        address = await reply_address(self._database, self._recipients, payer.org_id, contact_id)
        request = SendLater(
            payer,
            ScheduledKind.REPLY,
            when,
            content.body,
            {0: LaterRecipient(address.phone.e164, address.phone)},
            content.media_urls,
            content.options,
            from_number=address.from_number,
        )
        return require_scheduled(await self._scheduling.schedule(request), CONTACT_FIELD)
