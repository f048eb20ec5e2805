"""Run an import job, whose file was already received.

A worker imports a chunk of contacts and stores the count of imported contacts in one transaction.
If the worker dies, the next worker reads the file from its beginning and skips that many contacts.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.notices import Notice, notify
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.domain.import_chunks import chunks_of
from services.contacts.domain.import_file import ImportFile
from services.contacts.domain.import_rows import StagedContact
from services.contacts.domain.import_summary import ImportSummary
from services.contacts.storage import import_errors, import_jobs, imports, lists
from services.contacts.storage.import_jobs import Lease


class RunImportJob:
    """Runs import jobs.

    Each piece of the file and each chunk of contacts extends the lease by ``lease_seconds``.
    """

    def __init__(self, database: Database, limits: CsvLimits, lease_seconds: float) -> None:
        self._database = database
        self._limits = limits
        self._lease_seconds = lease_seconds

    async def run(self, lease: Lease) -> None:
        """Import the rest of the job's file and finish the job.

        Raises:
            InvalidInput, PayloadTooLarge: the file can't be imported, as in ``ImportContacts``.
            NotFound: the list no longer exists.
            LeaseLost: another worker runs the job.
        """
        file = ImportFile(lease.options, self._limits, keeps=True)
        summary = ImportSummary(lease.created, lease.updated, opted_out=lease.opted_out)
        counted = lease.created + lease.updated
        async with aclosing(chunks_of(file, self._pieces(lease, file))) as chunks:
            async for contacts in chunks:
                fresh, counted = _not_counted(contacts, counted)
                if fresh:
                    await self._merge(lease, file, fresh, summary)
        async with self._database.org(lease.org_id) as connection:
            await self._save(connection, lease, file, summary)
            await import_jobs.finish(connection, lease)
            await notify(connection, "contacts", _notice(lease, summary))

    async def _merge(
        self, lease: Lease, file: ImportFile, contacts: list[StagedContact], summary: ImportSummary
    ) -> None:
        chunk = await asyncio.to_thread(imports.as_chunk, contacts)
        list_id = lease.options.list_id
        async with self._database.org(lease.org_id) as connection:
            if list_id is None or await lists.lock_existing(connection, lease.org_id, list_id):
                merged = await imports.merge(connection, lease.org_id, chunk, list_id)
                summary.created += merged.created
                summary.updated += chunk.size - merged.created
                summary.opted_out += merged.opted_out
                await self._save(connection, lease, file, summary)
                return
        raise await lists.not_found(self._database, lease.org_id, list_id)

    async def _save(
        self, connection: AsyncConnection, lease: Lease, file: ImportFile, summary: ImportSummary
    ) -> None:
        summary.skipped, summary.incomplete = file.skipped, file.incomplete
        summary.errors = list(file.errors)
        await import_jobs.save_progress(
            connection, lease, summary, file.headings, self._lease_seconds
        )
        await import_errors.add(connection, lease, file.take_kept())

    async def _pieces(self, lease: Lease, file: ImportFile) -> AsyncGenerator[bytes]:
        number = 0
        while True:
            async with self._database.org(lease.org_id) as connection:
                await import_jobs.renew(connection, lease, self._lease_seconds)
                # Stored here too, because a file may have many errors and few contacts.
                await import_errors.add(connection, lease, file.take_kept())
                data = await import_jobs.read_chunk(connection, lease, number)
            if data is None:
                return
            yield data
            number += 1


def _notice(lease: Lease, summary: ImportSummary) -> Notice:
    message = (
        f"Your import is finished: {summary.created:,} new contacts, {summary.updated:,} updated,"
        f" {summary.skipped:,} rows skipped."
    )
    return Notice(lease.org_id, "import_finished", message, ("import", str(lease.job_id)))


def _not_counted(contacts: list[StagedContact], counted: int) -> tuple[list[StagedContact], int]:
    """Return ``contacts`` without the first ``counted`` ones, and how many are left to skip.

    Opt-out-only rows are not counted, so they are imported again, which changes nothing.
    """
    if counted == 0:
        return contacts, 0
    fresh = []
    for contact in contacts:
        if counted and not contact.opt_out_only:
            counted -= 1
        else:
            fresh.append(contact)
    return fresh, counted
