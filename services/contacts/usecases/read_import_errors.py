"""Read the errors of an import job page by page, or its left-out rows as a file."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from servicekit.db.csv_out import BYTE_ORDER_MARK
from servicekit.db.database import Database
from services.contacts.domain.failed_rows import header_of, lines_of
from services.contacts.storage import import_errors, import_jobs
from services.contacts.storage.rows import StoredError

_BLOCK_ROWS = 1000
_BEFORE_FIRST = -1


class ReadImportErrors:
    """Reads the errors of import jobs, also while a job is running."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, org_id: UUID, job_id: UUID, limit: int, after: int | None
    ) -> tuple[Sequence[StoredError], int]:
        """Return up to ``limit`` errors of an import job after the error with number ``after``.

        Also returns how many errors the job has in all. Raises ``NotFound`` or ``CrossOrgAccess``.
        """
        start = _BEFORE_FIRST if after is None else after
        async with self._database.org(org_id) as connection:
            if await import_jobs.find(connection, org_id, job_id):
                total = await import_errors.count(connection, org_id, job_id)
                return await import_errors.page(connection, org_id, job_id, limit, start), total
        raise await import_jobs.not_found(self._database, org_id, job_id)

    async def failed_rows(self, org_id: UUID, job_id: UUID) -> AsyncGenerator[bytes]:
        """Yield the rows that an import job left out as CSV, each with its error.

        Raises ``NotFound`` or ``CrossOrgAccess``. Holds no database connection while it waits for
        the reader.
        """
        async with self._database.org(org_id) as connection:
            found = await import_jobs.find(connection, org_id, job_id)
            headings = await import_jobs.headings(connection, org_id, job_id)
        if found is None:
            raise await import_jobs.not_found(self._database, org_id, job_id)
        yield f"{BYTE_ORDER_MARK}{header_of(headings)}".encode()
        after = _BEFORE_FIRST
        while True:
            async with self._database.org(org_id) as connection:
                rows = await import_errors.failed_rows(
                    connection, org_id, job_id, _BLOCK_ROWS, after
                )
            if not rows:
                return
            yield lines_of(rows).encode()
            after = rows[-1].number
