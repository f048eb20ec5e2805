"""Read the audience of a campaign page by page: a list, unreached recipients, or attendees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.recipients import Attendees, Audience, Recipient, Retry
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.storage import retries


@dataclass(frozen=True, slots=True)
class Page:
    """Some recipients of an audience.

    `last` is the last contact that the page covers, None at the end of the audience. A page may
    have no recipients although it is not the last: its contacts may have been deleted.
    """

    recipients: Sequence[Recipient]
    last: UUID | None


END = Page((), None)
"""An empty page: there are no more recipients."""


class AttendeeAudience(Protocol):
    """Reads the attendees of an event as recipients. The events package implements it."""

    async def page(
        self, org_id: UUID, attendees: Attendees, after: UUID | None, limit: int
    ) -> Page:
        """Return the next `limit` attendees after the contact `after`."""
        ...

    async def of_contacts(
        self, org_id: UUID, attendees: Attendees, contact_ids: Sequence[UUID]
    ) -> Sequence[Recipient]:
        """Return the attendees whose contact is in `contact_ids`."""
        ...


class Audiences:
    """Reads audiences in the order of contact ids."""

    def __init__(
        self,
        database: Database,
        contacts: Contacts,
        results: Results,
        attendees: AttendeeAudience,
    ) -> None:
        self._database = database
        self._contacts = contacts
        self._results = results
        self._attendees = attendees

    async def page(self, org_id: UUID, audience: Audience, after: UUID | None, limit: int) -> Page:
        """Return the next `limit` recipients of `audience` after the contact `after`.

        Raises:
            NotFound: The list of the audience was deleted.
            Unavailable: Contacts or messaging can't be reached.
        """
        source = audience.source
        if isinstance(source, Attendees):
            return await self._attendees.page(org_id, source, after, limit)
        if isinstance(source, UUID):
            members = await self._contacts.members(source, after, limit)
            return Page(members, members[-1].contact_id if members else None)
        unreached = await self.unreached(org_id, source, audience.campaign_id, limit, after)
        if not unreached:
            return END
        return Page(await self._contacts.by_ids(unreached), unreached[-1])

    async def of_contacts(
        self, org_id: UUID, audience: Audience, contact_ids: Sequence[UUID]
    ) -> Sequence[Recipient]:
        """Return the recipients in `audience` whose contact is in `contact_ids`.

        Deleted contacts are left out.
        """
        if audience.attendees is None:
            return await self._contacts.by_ids(contact_ids)
        return await self._attendees.of_contacts(org_id, audience.attendees, contact_ids)

    async def unreached(
        self,
        org_id: UUID,
        retry: Retry,
        campaign_id: UUID | None,
        limit: int,
        after: UUID | None = None,
    ) -> Sequence[UUID]:
        """Return up to `limit` contacts that `retry` is for, with ids greater than `after`.

        These are the contacts that neither the retried campaign nor another retry of it has
        reached. `campaign_id` is the retry itself, if it is stored.
        """
        async with self._database.org(org_id) as connection:
            others = await retries.others(connection, org_id, retry.root, campaign_id)
        return await self._results.unreached(retry, others, limit, after)
