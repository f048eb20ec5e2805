"""Cancel an import job."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import Conflict
from services.contacts.storage import import_jobs
from services.contacts.storage.rows import ImportJob


class CancelImport:
    """Cancels import jobs that are not finished."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def cancel(self, org_id: UUID, job_id: UUID) -> ImportJob:
        """Cancel a job and return it. What was imported before stays. Idempotent.

        Raises ``NotFound``, ``CrossOrgAccess``, or ``Conflict`` if the job is done or has failed.
        """
        async with self._database.org(org_id) as connection:
            await import_jobs.cancel(connection, org_id, job_id)
            job = await import_jobs.find(connection, org_id, job_id)
        if job is None:
            raise await import_jobs.not_found(self._database, org_id, job_id)
        if job.status != "cancelled":
            raise Conflict("This import has already finished.", "import_finished")
        return job
