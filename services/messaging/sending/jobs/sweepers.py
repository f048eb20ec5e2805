"""Sweepers: jobs that look for due rows, so that nothing is lost if the bus loses a send job."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from uuid import UUID

from servicekit.bus import inbox, subjects
from servicekit.bus.connection import Bus, BusMessage
from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from servicekit.failing_items import Item
from servicekit.ids import new_id
from servicekit.isolation import JobItems
from services.messaging.sending.providers.charges import Charges
from services.messaging.sending.storage import (
    acceptance,
    claims,
    due,
    expiry,
    lookups,
    refunds,
    scheduled_sends,
    sending_hold,
    spending,
)
from services.messaging.sending.storage.tally import Tally
from services.messaging.sending.support.due_refunds import DueRefunds
from services.messaging.sending.usecases.look_up_number import LookUpNumber
from smsblaster.messaging.v1 import events_pb2


async def wake_senders(database: Database, bus: Bus) -> None:
    """Wake a sender process for each organisation with messages that should be claimed by now.

    Wakes nobody while all sending is held.
    """
    async with database.system() as connection:
        if await sending_hold.find(connection):
            return
        waiting = await due.organisations(connection)

    async def ring(items: Sequence[Item]) -> None:
        await bus.publish([_send_job(item.id) for item in items])

    async with JobItems(database, "messaging", "ring-doorbells").turn() as turn:
        await turn.apply([Item.org(org_id) for org_id in waiting], ring)
    async with JobItems(database, "messaging", "send").turn() as sending_turn:
        # These organisations have no due messages, so sending can no longer fail for them.
        idle = {item for item in sending_turn.known if item.org_id not in waiting}
        await sending_turn.succeeded(*(i for i in idle if not sending_turn.is_left_alone(i)))


async def expire_leases(database: Database) -> None:
    """Set the status `unknown` on messages whose sender process died.

    Another job then searches Twilio for them.
    """
    async with database.system() as connection:
        expired = await claims.expired(connection)

    async def expire(items: Sequence[Item]) -> None:
        tally = Tally()
        async with database.system() as connection:
            ids = [UUID(item.id) for item in items]
            tally.move(await claims.expire(connection, ids))
            await tally.announce_and_write(connection)

    async with JobItems(database, "messaging", "expire-leases").turn() as turn:
        await turn.apply([Item(str(own), org_id) for org_id, own in expired], expire)


async def expire_messages(database: Database, refund: DueRefunds) -> None:
    """Mark messages as failed that could not be sent within their time, and refund them."""
    async with database.system() as connection:
        late = await expiry.late(connection)

    async def expire(org_id: UUID, items: Sequence[Item]) -> None:
        tally = Tally()
        async with database.org(org_id) as connection:
            moves = await expiry.expire(connection, org_id, [UUID(item.id) for item in items])
            tally.move(moves)
            await tally.announce_and_write(connection)
        failed = [move.message_id for move in moves if move.message_id]
        if failed:
            await refund.refund(org_id, failed)

    async with JobItems(database, "messaging", "expire-messages").turn() as turn:
        for org_id, rows in groupby(late, key=lambda row: row[0]):
            items = [Item(str(message_id), org_id) for _, message_id in rows]
            await turn.apply(items, partial(expire, org_id))


async def collect_refunds(database: Database, refund: DueRefunds) -> None:
    """Refund messages that could not be refunded at once."""
    async with database.system() as connection:
        owed = await refunds.due(connection)
    async with JobItems(database, "messaging", "collect-refunds").turn() as turn:
        for org_id, ids in owed:
            items = [Item(str(message_id), org_id) for message_id in ids]
            await turn.apply(items, partial(_refund, refund, org_id))


async def _refund(refund: DueRefunds, org_id: UUID, items: Sequence[Item]) -> None:
    await refund.settle(org_id, [UUID(item.id) for item in items])


async def give_up_abandoned(database: Database, charges: Charges) -> None:
    """Discard messages whose acceptance was interrupted, and refund the charged ones."""
    async with database.system() as connection:
        found = await acceptance.abandoned(connection)

    async def give_up(org_id: UUID, items: Sequence[Item]) -> None:
        ids = [UUID(item.id) for item in items]
        await charges.give_back(org_id, ids)
        async with database.org(org_id) as connection:
            await acceptance.discard(connection, org_id, ids)

    async with JobItems(database, "messaging", "give-up-abandoned").turn() as turn:
        for org_id, rows in groupby(found, key=lambda row: row[0]):
            items = [Item(str(message_id), org_id) for _, message_id in rows]
            await turn.apply(items, partial(give_up, org_id))


async def delete_old(database: Database) -> None:
    """Delete old rows: handled bus events, spending of earlier days, finished scheduled sends."""
    old = (inbox.OLD, spending.OLD, scheduled_sends.OLD)
    await DeleteOld(database, "messaging", "forget-handled").delete(*old)


async def give_up_lookups(database: Database, look_up: LookUpNumber) -> None:
    """End lookups whose caller died, and refund those that were charged."""
    async with database.system() as connection:
        found = await lookups.abandoned(connection)
    async with JobItems(database, "messaging", "give-up-lookups").turn() as turn:
        for lookup in found:
            item = Item(str(lookup.charge_id), lookup.org_id)
            await turn.attempt(item, partial(look_up.give_up, lookup))


def _send_job(org_id: str) -> BusMessage:
    payload = events_pb2.SendJob(org_id=org_id).SerializeToString()
    return BusMessage(subjects.send_job(org_id), str(new_id()), payload)
