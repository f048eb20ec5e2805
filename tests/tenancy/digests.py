"""Digests of an organisation's rows in the databases, to be compared."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tests.fixtures.platform import Platform

Connection = psycopg.Connection[tuple[Any, ...]]

_SERVICES = ("billing", "contacts", "messaging", "campaigns", "gateway")

# Two things change by themselves: how far the poller for lost webhooks is, and until when messaging
# is told again about a campaign's status.
_DIGEST = sql.SQL(
    "SELECT {}, coalesce(md5(string_agg(line, '|' ORDER BY line)), '') FROM ("
    " SELECT (to_jsonb(t) - '{{inbound_seen_at,tell_hold_until}}'::text[])::text AS line"
    " FROM {} AS t WHERE org_id = %(org_id)s"
    ") AS lines"
)


@dataclass(frozen=True)
class Databases:
    """The platform's databases, each over one connection that stays open."""

    connections: Mapping[str, Connection]
    digests: Mapping[str, sql.Composed]

    @classmethod
    @contextmanager
    def of(cls, platform: Platform) -> Iterator["Databases"]:
        """Connect to the databases of the services whose rows are an organisation's."""
        with ExitStack() as closing:
            connections = {
                service: closing.enter_context(
                    psycopg.connect(platform.stack.postgres.url(service), autocommit=True)
                )
                for service in _SERVICES
            }
            yield cls(connections, {name: _digests(each) for name, each in connections.items()})

    def snapshot(self, org_id: str) -> dict[str, str]:
        """Return a digest of every row of an organisation, by table."""
        return {
            f"{service}.{table}": digest
            for service, connection in self.connections.items()
            for table, digest in connection.execute(self.digests[service], {"org_id": org_id})
        }

    def security_events(self) -> int:
        """Return how often anybody was refused another organisation's things."""
        counted = self.connections["gateway"].execute(
            "SELECT count(*) FROM audit_logs WHERE action = 'cross_org_access'"
        )
        [number] = counted.fetchone() or (0,)
        return int(number)


def _digests(connection: Connection) -> sql.Composed:
    """Return the query for the names of a database's tables with their digests."""
    tables = connection.execute(
        "SELECT table_name FROM information_schema.columns"
        " WHERE column_name = 'org_id' AND table_schema = 'public'"
        # What an organisation did some time ago still arrives over the bus, and a job seals the
        # ledger meanwhile.
        " AND table_name NOT IN"
        " ('audit_logs', 'unsealed_transactions', 'account_seals', 'seal_blocks') ORDER BY 1"
    )
    return sql.SQL(" UNION ALL ").join(
        _DIGEST.format(sql.Literal(name), sql.Identifier(name)) for (name,) in tables
    )
