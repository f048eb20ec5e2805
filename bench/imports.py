"""Import and export: compare a CSV file through the API with COPY."""

import time
from uuid import uuid4

import psycopg
from psycopg import sql
from rich.console import Console

from bench.machine import Usage, measured
from bench.report import Figure, memory_figure
from bench.tenant import Tenant
from deploy.local.stack import Stack

_MAX_GROWTH_MIB = 96.0


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Import and export ``count`` contacts, compared with COPY into and out of the table."""
    console.print(f"import: {count:,} rows")
    rows = [
        f"+1212{200 + n // 10_000:03d}{n % 10_000:04d},First{n},Last{n},person{n}@example.com"
        for n in range(count)
    ]
    importing = _import(stack, tenant, rows)
    exporting = _export(stack, tenant, count)
    # The table itself, with the triggers for the search; and a copy with only its columns and
    # indexes.
    copied, plain = _copy(stack, "contacts", rows), _copy(stack, "bench_contacts", rows)
    importing.print(console)
    console.print(f"  COPY into the table without search: {plain:,.0f} rows/s")
    written = _copy_out(stack, tenant)
    growth = max(
        usage.growth.get(name, 0.0)
        for usage in (importing, exporting)
        for name in ("contacts", "gateway")
    )
    ours, out = count / importing.seconds, count / exporting.seconds
    return [
        Figure(
            "CSV import, rows per second", f"{ours:,.0f}", f"{copied:,.0f}", ours / copied, 0.30
        ),
        Figure(
            "CSV export, rows per second", f"{out:,.0f}", f"{written:,.0f}", out / written, 0.10
        ),
        memory_figure("import and export", growth, _MAX_GROWTH_MIB),
    ]


def _import(stack: Stack, tenant: Tenant, rows: list[str]) -> Usage:
    file = ("phone,firstName,lastName,email\n" + "\n".join(rows) + "\n").encode()
    with measured(stack) as usage:
        summary = tenant.import_csv(file)
    if summary["created"] != len(rows):
        raise RuntimeError(f"imported {summary['created']}: {summary['errors'][:3]}")
    return usage


def _export(stack: Stack, tenant: Tenant, count: int) -> Usage:
    lines = -1
    with (
        measured(stack) as usage,
        tenant.api.stream("GET", "/api/contacts/export", timeout=600) as answer,
    ):
        answer.raise_for_status()
        for chunk in answer.iter_bytes():
            lines += chunk.count(b"\n")
    if lines < count:
        raise RuntimeError(f"exported {lines} of {count}")
    return usage


def _copy_out(stack: Stack, tenant: Tenant) -> float:
    """Measure rows per second of COPY TO STDOUT of all contacts."""
    query = sql.SQL(
        "COPY (SELECT phone, first_name, last_name, email FROM contacts WHERE org_id = {})"
        " TO STDOUT (FORMAT csv)"
    ).format(tenant.org_id)
    with psycopg.connect(stack.postgres.url("contacts")) as connection:
        started = time.perf_counter()
        with connection.cursor().copy(query) as copy:
            rows = sum(bytes(block).count(b"\n") for block in copy)
        return rows / (time.perf_counter() - started)


def _copy(stack: Stack, table: str, rows: list[str]) -> float:
    """Measure rows per second of COPY into ``table``; the rows are rolled back."""
    org_id = uuid4()
    with psycopg.connect(stack.postgres.url("contacts")) as connection:
        connection.execute("CREATE TABLE bench_contacts (LIKE contacts INCLUDING ALL)")
        started = time.perf_counter()
        statement = sql.SQL(
            "COPY {} (id, org_id, phone, first_name, last_name, email) FROM STDIN WITH (FORMAT csv)"
        ).format(sql.Identifier(table))
        with connection.cursor().copy(statement) as copy:
            for start in range(0, len(rows), 1000):
                copy.write(
                    "".join(
                        f"00000000-0000-7000-8000-{start + n:012x},{org_id},{row}\n"
                        for n, row in enumerate(rows[start : start + 1000])
                    )
                )
        seconds = time.perf_counter() - started
        connection.rollback()
    return len(rows) / seconds
