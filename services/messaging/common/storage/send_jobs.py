"""Put jobs on the work queue of the senders."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from smsblaster.messaging.v1 import events_pb2


async def wake_sender(connection: AsyncConnection, org_id: UUID) -> None:
    """Tell the sender processes, after the commit, that the organisation has due messages."""
    job = events_pb2.SendJob(org_id=str(org_id))
    await announce(connection, (subjects.send_job(org_id), job))
