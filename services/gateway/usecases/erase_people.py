"""Erase people, one step after the other. An interrupted erasure continues with its last step."""

from dataclasses import replace
from functools import partial

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.identity import GATEWAY, Identity, acting_as
from servicekit.isolation import JobItems
from servicekit.removals import Person, Removed
from services.gateway.providers.stored_data import StoredData
from services.gateway.storage import audit, erasures
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.erasures import Erasure

STEPS = ("campaigns", "messaging", "contacts", "messaging", "webhooks")
"""The services that erase the person, in this order.

Messaging comes a second time, because a message can arrive while the contact still exists. Webhooks
come last, because they report about all messages.
"""

_AT_ONCE = 20
_WAITING_SECONDS = 30.0


class ErasePeople:
    """Erases people who were opted out first, so that nothing new is sent to them."""

    def __init__(self, database: Database, stored_data: StoredData) -> None:
        self._database = database
        self._stored_data = stored_data
        self._items = JobItems(database, "gateway", "erase-people")

    async def erase_due(self) -> None:
        """Go on with the erasures whose next step is due."""
        async with self._database.system() as connection:
            due = await erasures.due(connection, _AT_ONCE)
        async with self._items.turn() as turn:
            for erasure in due:
                item = Item(str(erasure.id), erasure.org_id)
                await turn.attempt(item, partial(self._go_on, erasure))

    async def _go_on(self, erasure: Erasure) -> None:
        """Do the steps of an erasure until one has to wait."""
        with acting_as(Identity(GATEWAY, erasure.org_id, erasure.requested_by)):
            if not erasure.phones:
                erasure = await self._suppress(erasure)
            while erasure.step < len(STEPS):
                erasure = await self._step(erasure)
                if erasure.waiting_for:
                    return
        await self._finish(erasure)

    async def _suppress(self, erasure: Erasure) -> Erasure:
        """Opt the person out, and store the person's numbers and contacts."""
        person = await self._stored_data.suppress(str(erasure.phone))
        known = replace(erasure, phones=person.phones, contact_ids=person.contact_ids)
        return await self._save(known)

    async def _step(self, erasure: Erasure) -> Erasure:
        """Let the next service remove a part, and store how far it came."""
        person = Person(erasure.phones, erasure.contact_ids)
        service = STEPS[erasure.step]
        removed = await self._stored_data.erase(service, person, erasure.step_cursor)
        return await self._save(_after(erasure, removed))

    async def _save(self, erasure: Erasure) -> Erasure:
        async with self._database.org(erasure.org_id) as connection:
            await erasures.save(connection, erasure, _WAITING_SECONDS if erasure.waiting_for else 0)
        return erasure

    async def _finish(self, erasure: Erasure) -> None:
        """Forget the person. Only the audit log and the counts tell that somebody was erased."""
        org_id, entity = erasure.org_id, ("erasure", str(erasure.id))
        done = AuditEntry(org_id, None, "person_erased", *entity, {"counts": {**erasure.counts}})
        async with self._database.org(org_id) as connection:
            if await erasures.finish(connection, erasure):
                await audit.record(connection, [done])


def _after(erasure: Erasure, removed: Removed) -> Erasure:
    return replace(
        erasure,
        counts=removed.added_to(erasure.counts),
        step=erasure.step + removed.done,
        step_cursor="" if removed.done else removed.cursor,
        waiting_for=removed.waiting_for,
    )
