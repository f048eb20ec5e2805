"""``python -m bench.capacity``: what one text costs, for docs/capacity.md.

A campaign is sent to many people, with all status callbacks. Printed are, for each text: the
processor time of each part, the bytes that each database and its log (WAL) grew by, and the bytes
that the bus stored. Figures of processor time need an otherwise idle machine.
"""

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import nats
import psycopg
from nats.js.api import RetentionPolicy
from rich.console import Console
from rich.table import Table

from bench.dispatch import audience
from bench.machine import Usage, cpu_measured, foreign_load
from bench.tenant import Tenant, make_tenant
from deploy.local.account import temporary_state
from deploy.local.options import StackOptions
from deploy.local.stack import Stack
from deploy.local.topology import SERVICES
from deploy.local.waiting import wait_for
from servicekit.bus.streams import STREAMS

_SETTINGS = {"SEND_RATE": "100000", "RATE_LIMITS": "off", "LOG_LEVEL": "WARNING"}
_TEXT = "Hi {{firstName}}, doors open at 7 pm. Reply STOP to opt out."
_UNFINISHED = """
SELECT (SELECT count(*) FROM sms_messages WHERE org_id = %(org)s AND status <> 'delivered')
  + (SELECT count(*) FROM outbox WHERE published_at IS NULL)
"""
_ACCEPTED = "SELECT count(*) FROM sms_messages WHERE org_id = %(org)s"
_CALLBACKS = "SELECT count(*) FROM webhook_logs WHERE processed_at IS NOT NULL"
# A work queue forgets a message at once, and its messages are only doorbells.
_LIMITED = [stream for stream in STREAMS if stream.retention is RetentionPolicy.LIMITS]
_LOG = "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"


@dataclass(slots=True)
class Bytes:
    """The bytes that a block of work has added: by database, to the log, and to the streams."""

    databases: Mapping[str, int] = field(default_factory=dict)
    log: int = 0
    streams: Mapping[str, float] = field(default_factory=dict)


def main() -> None:
    """Start a platform of its own, send the texts, and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.capacity", description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    count: int = parser.parse_args().texts
    console = Console()
    console.print(f"other processes keep {foreign_load():.2f} cores busy")
    with (
        temporary_state() as folder,
        Stack(StackOptions(state_dir=folder, settings=_SETTINGS)) as stack,
    ):
        tenant = make_tenant(stack)
        list_id = audience(tenant, count)
        tenant.top_up(count)
        with _bytes_measured(stack) as added, cpu_measured(stack) as usage:
            _send(stack, tenant, list_id, count)
        callbacks = _number(stack, "webhooks", _CALLBACKS)
    console.print(f"{count:,} texts, {callbacks:,.0f} callbacks, {usage.seconds:.0f} s")
    _show(console, usage, added, count)


def _send(stack: Stack, tenant: Tenant, list_id: str, count: int) -> None:
    """Send a campaign, and return when every text is delivered and every event published."""
    draft = {"name": "Capacity", "message": _TEXT, "listId": list_id}
    campaign = tenant.post("/api/campaigns", draft)["id"]
    tenant.post(f"/api/campaigns/{campaign}/send", {})

    def finished() -> bool:
        accepted = _number(stack, "messaging", _ACCEPTED, org=tenant.org_id)
        return accepted == count and not _number(stack, "messaging", _UNFINISHED, org=tenant.org_id)

    wait_for("the last delivery", finished, 900, 1.0)


def _number(stack: Stack, database: str, statement: str, **values: str) -> float:
    with psycopg.connect(stack.postgres.url(database)) as connection:
        row = connection.execute(statement.encode(), values).fetchone()
    if row is None:
        raise RuntimeError("the statement returns no number")
    return float(row[0])


@contextmanager
def _bytes_measured(stack: Stack) -> Iterator[Bytes]:
    """Measure what is stored until the block ends.

    The log is measured between checkpoints, whose full pages it contains as on any server.
    """
    added = Bytes()
    sizes, log, first = _sizes(stack), _number(stack, "billing", _LOG), _streams(stack)
    yield added
    added.log = int(_number(stack, "billing", _LOG) - log)
    now, last = _sizes(stack), _streams(stack)
    added.databases = {name: now[name] - sizes[name] for name in now}
    added.streams = {
        name: (number - first[name][0]) * mean for name, (number, mean) in last.items()
    }


def _sizes(stack: Stack) -> dict[str, int]:
    size = "SELECT pg_database_size(current_database())"
    return {name: int(_number(stack, name, size)) for name in SERVICES}


def _streams(stack: Stack) -> dict[str, tuple[int, float]]:
    """Return each stream's last number, and the mean size of the messages that it holds now."""
    return asyncio.run(_stream_states(stack.nats_url))


async def _stream_states(url: str) -> dict[str, tuple[int, float]]:
    client = await nats.connect(url)
    try:
        found = {}
        for stream in _LIMITED:
            state = (await client.jetstream().stream_info(str(stream.name))).state
            found[str(stream.name)] = (state.last_seq, state.bytes / max(1, state.messages))
    finally:
        await client.close()
    return found


def _show(console: Console, usage: Usage, added: Bytes, count: int) -> None:
    table = Table("for each text", "", title="What one text costs")
    for name, seconds in sorted(usage.cpu.items()):
        if name != "simulator":
            table.add_row(f"processor, {name}", f"{seconds / count * 1000:.2f} ms")
    for name, size in sorted(added.databases.items()):
        table.add_row(f"database, {name}", f"{size / count:,.0f} bytes")
    table.add_row("database, all", f"{sum(added.databases.values()) / count:,.0f} bytes")
    table.add_row("log (WAL)", f"{added.log / count:,.0f} bytes")
    for name, stored in sorted(added.streams.items()):
        table.add_row(f"bus, {name}", f"{stored / count:,.0f} bytes")
    console.print(table)


if __name__ == "__main__":
    main()
