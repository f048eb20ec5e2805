"""Decide whether a person who may have opted out did so."""

from typing import Literal
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.support.audit import audit
from services.messaging.inbox.domain.from_address import parse_from_address
from services.messaging.inbox.storage import conversations, opt_out_reviews
from services.messaging.inbox.storage.conversations import Conversation
from services.messaging.inbox.support.not_found import conversation_not_found

Decision = Literal["opt_out", "dismiss"]


class ReviewOptOut:
    """Stores whether a possible opt-out was one. The decision removes the conversation's flag."""

    def __init__(self, database: Database, recipients: Recipients) -> None:
        self._database = database
        self._recipients = recipients

    async def decide(self, org_id: UUID, contact_id: UUID, decision: Decision) -> Conversation:
        """Opt the contact out or not, remove the flag, and return the conversation.

        An audit entry is written.

        The opt-out comes first: if it is interrupted, the conversation is still flagged.

        Raises:
            NotFound: The contact or the conversation does not exist.
            CrossOrgAccess: The contact belongs to another organisation.
            Conflict: no_opt_out_review, if the conversation is not flagged.
        """
        async with self._database.org(org_id) as connection:
            address = await opt_out_reviews.flagged_address(connection, org_id, contact_id)
            known = address or await conversations.exists(connection, org_id, contact_id)
        if not known:
            raise await conversation_not_found(self._recipients, org_id, contact_id)
        if address is None:
            raise _nothing_to_decide()
        if decision == "opt_out":
            addresses = parse_from_address(address).opt_out_addresses
            await self._recipients.opt_out(org_id, addresses, None)
        async with self._database.org(org_id) as connection:
            if not await opt_out_reviews.end(connection, org_id, contact_id):
                raise _nothing_to_decide()
            await audit(
                connection, "opt_out_reviewed", "contact", str(contact_id), decision=decision
            )
            return await conversations.get(connection, org_id, contact_id)


def _nothing_to_decide() -> Conflict:
    return Conflict(
        "No message in this conversation is waiting for an opt-out decision.", "no_opt_out_review"
    )
