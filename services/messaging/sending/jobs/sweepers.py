"""Sweepers: rows that are due are found in the database, so that a lost bus loses nothing."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from uuid import UUID

from servicekit.bus import inbox, subjects
from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.db.old_rows import DeleteOld
from servicekit.failing_items import Item
from servicekit.ids import new_id
from servicekit.isolation import JobItems
from services.messaging.sending.storage import acceptance, due, leases, lookups, refunds, spending
from services.messaging.sending.storage.counts import Tally
from services.messaging.sending.usecases.hand_over import moved_events
from services.messaging.sending.usecases.look_up_number import LookUpNumber
from services.messaging.sending.usecases.refund_messages import RefundMessages
from smsblaster.messaging.v1 import events_pb2


async def ring_doorbells(database: Database, bus: Bus) -> None:
    """Wake a sender for each organisation whose messages should have been claimed by now."""
    async with database.system() as connection:
        waiting = await due.organisations(connection)

    async def ring(items: Sequence[Item]) -> None:
        await bus.publish([_doorbell(item.id) for item in items])

    async with JobItems(database, "messaging", "ring-doorbells").turn() as turn:
        await turn.apply([Item.org(org_id) for org_id in waiting], ring)
    async with JobItems(database, "messaging", "send").turn() as sending_turn:
        # No sender is called for these any longer: nothing is left at which it could fail.
        idle = {item for item in sending_turn.known if item.org_id not in waiting}
        await sending_turn.succeeded(*(i for i in idle if not sending_turn.is_left_alone(i)))


async def expire_leases(database: Database) -> None:
    """Messages whose sender died become unknown: they are looked for, never sent blindly."""
    async with database.system() as connection:
        expired = await leases.expired(connection)

    async def expire(items: Sequence[Item]) -> None:
        tally = Tally()
        async with database.system() as connection:
            ids = [UUID(item.id) for item in items]
            tally.move(await leases.expire(connection, ids))
            await announce(connection, *moved_events(tally))
            await tally.write(connection)

    async with JobItems(database, "messaging", "expire-leases").turn() as turn:
        await turn.apply([Item(str(own), org_id) for org_id, own in expired], expire)


async def collect_refunds(database: Database, refund: RefundMessages) -> None:
    """Give back what is due and was not given back at once."""
    async with database.system() as connection:
        owed = await refunds.due(connection)
    async with JobItems(database, "messaging", "collect-refunds").turn() as turn:
        for org_id, ids in owed:
            items = [Item(str(message_id), org_id) for message_id in ids]
            await turn.apply(items, partial(_refund, refund, org_id))


async def _refund(refund: RefundMessages, org_id: UUID, items: Sequence[Item]) -> None:
    await refund.settle(org_id, [UUID(item.id) for item in items])


async def give_up_abandoned(database: Database, refund: RefundMessages) -> None:
    """Drop messages whose acceptance was cut off, and give back what may have been charged."""
    async with database.system() as connection:
        found = await acceptance.abandoned(connection)

    async def give_up(org_id: UUID, items: Sequence[Item]) -> None:
        ids = [UUID(item.id) for item in items]
        await refund.give_back(org_id, ids)
        async with database.org(org_id) as connection:
            await acceptance.discard(connection, org_id, ids)

    async with JobItems(database, "messaging", "give-up-abandoned").turn() as turn:
        for org_id, rows in groupby(found, key=lambda row: row[0]):
            items = [Item(str(message_id), org_id) for _, message_id in rows]
            await turn.apply(items, partial(give_up, org_id))


async def forget(database: Database) -> None:
    """Drop what nobody asks for any more: handled events, and what earlier days cost."""
    await DeleteOld(database, "messaging", "forget-handled").delete(inbox.OLD, spending.OLD)


async def give_up_lookups(database: Database, look_up: LookUpNumber) -> None:
    """End lookups whose caller did not come back: what they may have cost goes back."""
    async with database.system() as connection:
        found = await lookups.abandoned(connection)
    async with JobItems(database, "messaging", "give-up-lookups").turn() as turn:
        for lookup in found:
            item = Item(str(lookup.charge_id), lookup.org_id)
            await turn.attempt(item, partial(look_up.give_up, lookup))


def _doorbell(org_id: str) -> BusMessage:
    payload = events_pb2.SendJob(org_id=org_id).SerializeToString()
    return BusMessage(subjects.send_job(org_id), str(new_id()), payload)
