"""Whom a campaign is for, a page at a time: the members of a list, or who was not reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from services.campaigns.domain.recipients import Audience, Recipient, Retry
from services.campaigns.providers.contacts import Contacts
from services.campaigns.providers.results import Results
from services.campaigns.storage import retries


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
        if audience.retry is None:
            members = await self._contacts.members(audience.list_id, after, limit)
            return Page(members, members[-1].contact_id if members else None)
        unreached = await self.unreached(org_id, audience.retry, audience.campaign_id, limit, after)
        if not unreached:
            return Page((), None)
        return Page(await self._contacts.by_ids(unreached), unreached[-1])

    async def by_ids(self, contact_ids: Sequence[UUID]) -> Sequence[Recipient]:
        """These contacts, those that are deleted left out."""
        return await self._contacts.by_ids(contact_ids)

    async def unreached(
        self, org_id: UUID, retry: Retry, but: UUID | None, limit: int, after: UUID | None = None
    ) -> Sequence[UUID]:
        """Contacts to retry: none that a retry other than the campaign ``but`` has reached."""
        async with self._database.org(org_id) as connection:
            others = await retries.others(connection, org_id, retry.root, but)
        return await self._results.unreached(retry, others, limit, after)
