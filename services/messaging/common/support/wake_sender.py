"""Wake a sender: an organisation has messages that are due."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus.outbox import announce
from smsblaster.messaging.v1 import events_pb2


async def wake_sender(connection: AsyncConnection, org_id: UUID) -> None:
    """Put a job for the organisation on the senders' queue, with this transaction."""
    job = events_pb2.SendJob(org_id=str(org_id))
    await announce(connection, (f"job.send.{org_id}", job))
