"""Whom a campaign is for, a page at a time: a list, who was not reached, or attendees."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.campaigns.domain.recipients import Attendees, Audience, Recipient, Retry
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.results import Results
from services.campaigns.campaigns.storage import retries
from services.campaigns.events.domain.attendees import as_attendees
from services.campaigns.events.storage import audiences


@dataclass(frozen=True, slots=True)
class Page:
    """Some of an audience, and the last contact among them; None at the end.

    It may hold no recipient and not be the end: contacts may have been deleted.
    """

    recipients: Sequence[Recipient]
    last: UUID | None


class Audiences:
    """Finds recipients, in the order of contact ids."""

    def __init__(self, database: Database, contacts: Contacts, results: Results) -> None:
        self._database = database
        self._contacts = contacts
        self._results = results

    async def page(self, org_id: UUID, audience: Audience, after: UUID | None, limit: int) -> Page:
        """The next ``limit`` of ``audience`` after ``after``.

        Raises ``NotFound`` where its list is gone, and ``Unavailable``.
        """
        whom = audience.whom
        if isinstance(whom, Attendees):
            return await self._attendees(org_id, whom, after, limit)
        if isinstance(whom, UUID):
            members = await self._contacts.members(whom, after, limit)
            return Page(members, members[-1].contact_id if members else None)
        unreached = await self.unreached(org_id, whom, audience.campaign_id, limit, after)
        if not unreached:
            return Page((), None)
        return Page(await self._contacts.by_ids(unreached), unreached[-1])

    async def those(
        self, org_id: UUID, audience: Audience, contact_ids: Sequence[UUID]
    ) -> Sequence[Recipient]:
        """These contacts of ``audience``, those that are deleted left out."""
        contacts = await self._contacts.by_ids(contact_ids)
        if audience.attendees is None:
            return contacts
        async with self._database.org(org_id) as connection:
            rows = await audiences.of_contacts(connection, org_id, audience.attendees, contact_ids)
        return as_attendees([dict(row) for row in rows], contacts, audience.attendees)

    async def _attendees(
        self, org_id: UUID, attendees: Attendees, after: UUID | None, limit: int
    ) -> Page:
        async with self._database.org(org_id) as connection:
            rows = await audiences.page(connection, org_id, attendees, after, limit)
        if not rows:
            return Page((), None)
        contacts = await self._contacts.by_ids([row["contact_id"] for row in rows])
        return Page(
            as_attendees([dict(row) for row in rows], contacts, attendees), rows[-1]["contact_id"]
        )

    async def unreached(
        self, org_id: UUID, retry: Retry, but: UUID | None, limit: int, after: UUID | None = None
    ) -> Sequence[UUID]:
        """Contacts to retry: none that a retry other than the campaign ``but`` has reached."""
        async with self._database.org(org_id) as connection:
            others = await retries.others(connection, org_id, retry.root, but)
        return await self._results.unreached(retry, others, limit, after)
