"""Bus events about accounts, stored in the outbox in the transaction of the change."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from smsblaster.messaging.v1 import events_pb2


async def announce_subaccount(connection: AsyncConnection, org_id: UUID, sid: str) -> None:
    """Publish, when this transaction has committed, that the subaccount was created."""
    created = events_pb2.SubaccountCreated(org_id=str(org_id), sub_account_sid=sid)
    await announce(connection, (subjects.SUBACCOUNT_CREATED, created))
