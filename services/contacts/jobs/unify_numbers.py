"""Bring numbers that are stored in another notation of their line to the one notation.

They come from before the platform knew both, or from a change of a country's numbering plan: then
a line would be two contacts, texted twice, and its opt-out that of one of them.
"""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from servicekit.db.database import Database, is_outage
from servicekit.phones import canonical
from services.contacts.storage import other_notations
from services.contacts.storage.other_notations import FIRST, Stored

log = structlog.get_logger()

_PAGE_SIZE = 500


class UnifyNumbers:
    """The job; each contact in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self) -> None:
        """Unify the numbers of all organisations. A contact at fault is left to the next run."""
        last = FIRST
        while True:
            async with self._database.system() as connection:
                page = await other_notations.page(connection, last, _PAGE_SIZE)
            for stored in page:
                one = canonical(stored.phone)
                if one != stored.phone:
                    await self._unify(stored, one)
            if len(page) < _PAGE_SIZE:
                return
            last = page[-1]

    async def _unify(self, stored: Stored, one: str) -> None:
        try:
            async with self._database.org(stored.org_id) as connection:
                await other_notations.unify(connection, stored, one)
            log.info("number_unified", contact_id=str(stored.id), org_id=str(stored.org_id))
        except SQLAlchemyError as error:
            if is_outage(error):
                raise
            log.exception("number_not_unified", contact_id=str(stored.id))
