"""The errors of import jobs, with the rows that were left out."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.contacts.domain.failed_rows import FailedRow
from services.contacts.domain.import_rows import KeptError
from services.contacts.storage.import_jobs import Lease
from services.contacts.storage.rows import StoredError
from services.contacts.storage.tables import import_job_errors as errors

# A job that is run again finds the same errors.
_ADD = text("""
INSERT INTO import_job_errors (job_id, org_id, number, row, field, message, heading, cells, value)
SELECT :job_id, :org_id, number, row, field, message, heading, CAST(cells AS jsonb), value
FROM unnest(
  CAST(:numbers AS integer[]), CAST(:rows AS bigint[]), CAST(:fields AS text[]),
  CAST(:messages AS text[]), CAST(:headings AS text[]), CAST(:cells AS text[]),
  CAST(:values AS text[])
) AS found (number, row, field, message, heading, cells, value)
ON CONFLICT ON CONSTRAINT pk_import_job_errors DO NOTHING
""")


async def add(connection: AsyncConnection, lease: Lease, found: Sequence[KeptError]) -> None:
    """Store errors of an import job. Errors that are already stored are not changed."""
    if not found:
        return
    values = {
        "job_id": lease.job_id,
        "org_id": lease.org_id,
        "numbers": [kept.number for kept in found],
        "rows": [kept.error.row for kept in found],
        "fields": [kept.error.field for kept in found],
        "messages": [kept.error.message for kept in found],
        "headings": [kept.error.column for kept in found],
        "values": [kept.error.value for kept in found],
        "cells": [None if kept.cells is None else json.dumps(kept.cells) for kept in found],
    }
    await connection.execute(_ADD, values)


async def page(
    connection: AsyncConnection, org_id: UUID, job_id: UUID, limit: int, after: int
) -> Sequence[StoredError]:
    """Return up to ``limit`` errors of an import job, sorted by number, that follow ``after``."""
    query = (
        select(
            errors.c.number,
            errors.c.row,
            errors.c.field,
            errors.c.message,
            errors.c.heading,
            errors.c.value,
        )
        .where(errors.c.job_id == job_id, errors.c.org_id == org_id, errors.c.number > after)
        .order_by(errors.c.number)
        .limit(limit)
    )
    return [StoredError(*row) for row in await connection.execute(query)]


async def count(connection: AsyncConnection, org_id: UUID, job_id: UUID) -> int:
    """Count the stored errors of an import job."""
    query = select(func.count()).where(errors.c.job_id == job_id, errors.c.org_id == org_id)
    return await connection.scalar(query) or 0


async def failed_rows(
    connection: AsyncConnection, org_id: UUID, job_id: UUID, limit: int, after: int
) -> Sequence[FailedRow]:
    """Return up to ``limit`` rows that were left out and that follow error number ``after``."""
    query = (
        select(errors.c.number, errors.c.row, errors.c.message, errors.c.cells)
        .where(
            errors.c.job_id == job_id,
            errors.c.org_id == org_id,
            errors.c.number > after,
            errors.c.cells.is_not(None),
        )
        .order_by(errors.c.number)
        .limit(limit)
    )
    return [FailedRow(*row) for row in await connection.execute(query)]
