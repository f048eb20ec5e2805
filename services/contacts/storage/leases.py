"""Leases of jobs that run in the background.

A worker holds a lease on its job. Each lease has a sequence number (``attempts``). Every update of
the job checks it, so a worker that lost its lease to another worker can't change the job.
"""

from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection


class LeaseLost(Exception):
    """The lease was lost: another worker runs the job, or the job was cancelled.

    Nothing was stored.
    """


class AnyLease(Protocol):
    """The lease of a job."""

    @property
    def job_id(self) -> UUID:
        """The id of the job."""
        ...

    @property
    def org_id(self) -> UUID:
        """The organisation of the job."""
        ...

    @property
    def attempt(self) -> int:
        """The sequence number of the lease."""
        ...


LeaseT = TypeVar("LeaseT", bound=AnyLease)


class LeasedJobs(Protocol[LeaseT]):
    """The storage of one kind of job.

    All methods except ``take_lease`` can raise ``LeaseLost``.
    """

    async def take_lease(self, connection: AsyncConnection, seconds: float, /) -> LeaseT | None:
        """Take the lease of the next job for ``seconds``.

        Returns None if there is no job to run.
        """
        ...

    async def renew(self, connection: AsyncConnection, lease: LeaseT, seconds: float, /) -> None:
        """Renew the lease, so that it expires in ``seconds``."""
        ...

    async def release(self, connection: AsyncConnection, lease: LeaseT, seconds: float, /) -> None:
        """Defer the job for ``seconds`` without counting an attempt."""
        ...

    async def fail(self, connection: AsyncConnection, lease: LeaseT, failure: str, /) -> None:
        """Mark the job as failed. ``failure`` says why, and what to do next."""
        ...
