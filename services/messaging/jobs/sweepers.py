"""Sweepers: rows that are due are found in the database, so that a lost bus loses nothing."""

from itertools import groupby

from servicekit.bus.connection import Bus, BusMessage
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.jobs import forget_handled
from services.messaging.storage import acceptance, lookups, refunds, sending, spending
from services.messaging.storage.counts import Tally
from services.messaging.usecases.hand_over import moved_events
from services.messaging.usecases.look_up_number import LookUpNumber
from services.messaging.usecases.refund_messages import RefundMessages
from smsblaster.messaging.v1 import events_pb2


async def ring_doorbells(database: Database, bus: Bus) -> None:
    """Wake a sender for each organisation whose messages should have been claimed by now."""
    async with database.system() as connection:
        due = await sending.organisations_due(connection)
    await bus.publish(
        [
            BusMessage(
                f"job.send.{org_id}",
                str(new_id()),
                events_pb2.SendJob(org_id=str(org_id)).SerializeToString(),
            )
            for org_id in due
        ]
    )


async def expire_leases(database: Database) -> None:
    """Messages whose sender died become unknown: they are looked for, never sent blindly."""
    tally = Tally()
    async with database.system() as connection:
        tally.move(await sending.expire_leases(connection))
        await announce(connection, *moved_events(tally))
        await tally.write(connection)


async def collect_refunds(database: Database, refund: RefundMessages) -> None:
    """Give back what is due and was not given back at once."""
    async with database.system() as connection:
        due = await refunds.due(connection)
    for org_id, ids in due:
        await refund(org_id, ids)


async def give_up_abandoned(database: Database, refund: RefundMessages) -> None:
    """Drop messages whose acceptance was cut off, and give back what may have been charged."""
    async with database.system() as connection:
        found = await acceptance.abandoned(connection)
    for org_id, rows in groupby(found, key=lambda row: row[0]):
        ids = [message_id for _, message_id in rows]
        await refund.give_back(org_id, ids)
        async with database.org(org_id) as connection:
            await acceptance.discard(connection, org_id, ids)


async def forget(database: Database) -> None:
    """Drop what nobody asks for any more: handled events, and what earlier days cost."""
    await forget_handled(database)
    async with database.system() as connection:
        await spending.forget(connection)


async def give_up_lookups(database: Database, look_up: LookUpNumber) -> None:
    """End lookups whose caller did not come back: what they may have cost goes back."""
    async with database.system() as connection:
        found = await lookups.abandoned(connection)
    for lookup in found:
        await look_up.give_up(lookup)
