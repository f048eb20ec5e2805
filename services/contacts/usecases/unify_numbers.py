"""Change stored phone numbers to their canonical form.

A number in another form was stored before the platform knew both forms, or before a country changed
its numbering plan. If forms are not unified, a person can be two contacts, get each text twice, and
opt out with only one of them.
"""

from collections.abc import Sequence
from functools import partial

import structlog

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems, Turn
from servicekit.phones import canonical
from services.contacts.storage import noncanonical_numbers
from services.contacts.storage.noncanonical_numbers import FIRST, StoredNumber

log = structlog.get_logger()

_PAGE_SIZE = 500


class UnifyNumbers:
    """Changes the phone numbers of contacts to their canonical form.

    Each contact is changed in a transaction of its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._items = JobItems(database, "contacts", "unify-numbers")

    async def unify_all(self) -> None:
        """Write the phone numbers of all contacts, of all organisations, in one form.

        A contact that fails is left to a later run.
        """
        async with self._items.turn() as turn:
            page = await self._page(FIRST)
            while page:
                for stored in page:
                    await self._attempt(turn, stored)
                page = await self._page(page[-1])

    async def _page(self, after: StoredNumber) -> Sequence[StoredNumber]:
        async with self._database.system() as connection:
            return await noncanonical_numbers.page(connection, after, _PAGE_SIZE)

    async def _attempt(self, turn: Turn, stored: StoredNumber) -> None:
        canonical_phone = canonical(stored.phone)
        if canonical_phone != stored.phone:
            item = Item(str(stored.id), stored.org_id)
            await turn.attempt(item, partial(self._unify, stored, canonical_phone))

    async def _unify(self, stored: StoredNumber, canonical_phone: str) -> None:
        async with self._database.org(stored.org_id) as connection:
            await noncanonical_numbers.unify(connection, stored, canonical_phone)
        log.info("number_unified", contact_id=str(stored.id), org_id=str(stored.org_id))
