"""Decide what somebody meant who may have asked for no more texts."""

from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.support.absent import thread_absent
from services.messaging.common.support.audit import audit
from services.messaging.inbox.domain.senders import sender_of
from services.messaging.inbox.storage import opt_out_reviews, threads

Decision = Literal["opt_out", "dismiss"]


class ReviewOptOut:
    """Settles flagged conversations."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def decide(self, org_id: UUID, contact_id: UUID, decision: Decision) -> RowMapping:
        """Opt the contact out or not, and take the flag off. Returns the conversation. Audited.

        The opt-out comes first: cut off in between, the conversation is still flagged.

        Raises:
            NotFound: there is no such contact, or no conversation with it.
            CrossOrgAccess: the contact is of another organisation.
            Conflict: no_opt_out_review, where nothing is to be decided.
        """
        async with self._database.org(org_id) as connection:
            address = await opt_out_reviews.flagged_address(connection, org_id, contact_id)
            known = address or await threads.exists(connection, org_id, contact_id)
        if not known:
            raise await thread_absent(self._recipients, org_id, contact_id)
        if address is None:
            raise _nothing_to_decide()
        if decision == "opt_out":
            await self._recipients.opt_out(org_id, sender_of(address).addresses, None)
        async with self._database.org(org_id) as connection:
            if not await opt_out_reviews.end(connection, org_id, contact_id):
                raise _nothing_to_decide()
            await audit(
                connection, "opt_out_reviewed", "contact", str(contact_id), decision=decision
            )
            return await threads.get(connection, org_id, contact_id)


def _nothing_to_decide() -> Conflict:
    return Conflict(
        "Nothing in this conversation waits for a decision about opting out.", "no_opt_out_review"
    )
