"""Complete messages that only a callback has stored, because their rows were lost in a restore.

Billing knows what they cost and who sent them, and Twilio knows their texts.
"""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from servicekit.db.database import Database
from services.messaging.sending.domain.lost_messages import (
    CompletedMessage,
    KnownCharge,
    LostMessage,
)
from services.messaging.sending.storage import lost_messages


class CompleteLostMessages:
    """Adds the charge and the text to lost messages, and counts them for their campaigns."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def complete(self, found: Iterable[LostMessage], charges: Iterable[KnownCharge]) -> int:
        """Complete the messages among `found` that have a charge. Return how many there were.

        The others stay as they are: nobody has paid for them. Idempotent.
        """
        known = {(charge.org_id, charge.message_id): charge for charge in charges}
        by_org: defaultdict[UUID, list[CompletedMessage]] = defaultdict(list)
        for message in found:
            charge = message.message_id and known.get((message.org_id, message.message_id))
            if charge:
                completed = CompletedMessage(charge, message.body, message.segments)
                by_org[message.org_id].append(completed)
        count = 0
        for org_id, messages in by_org.items():
            async with self._database.org(org_id) as connection:
                count += await lost_messages.complete(connection, org_id, messages)
        return count
