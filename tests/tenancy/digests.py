"""Compute digests of an organisation's rows in the databases, to see whether they change."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tests.fixtures.platform import Platform

Connection = psycopg.Connection[tuple[Any, ...]]

_SERVICES = ("billing", "contacts", "messaging", "campaigns", "gateway")

# Two columns change by themselves: the progress of the job that looks for lost webhooks, and the
# time until which campaigns repeats a campaign's status to messaging.
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
        """Connect to the databases of the services that store rows of organisations."""
        with ExitStack() as closing:
            connections = {
                service: closing.enter_context(
                    psycopg.connect(platform.stack.postgres.url(service), autocommit=True)
                )
                for service in _SERVICES
            }
            yield cls(connections, {name: _digests(each) for name, each in connections.items()})

    def snapshot(self, org_id: str) -> dict[str, str]:
        """Return a digest of an organisation's rows for each table."""
        return {
            f"{service}.{table}": digest
            for service, connection in self.connections.items()
            for table, digest in connection.execute(self.digests[service], {"org_id": org_id})
        }

    def security_events(self) -> int:
        """Return how many requests for another organisation's objects were refused."""
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
        # These tables change later: audit entries and notices arrive over the bus, a job seals the
        # ledger, and requests are logged after their responses.
        " AND table_name NOT IN ('audit_logs', 'unsealed_transactions', 'account_seals',"
        " 'seal_blocks', 'notices', 'request_log')"
        " ORDER BY 1"
    )
    return sql.SQL(" UNION ALL ").join(
        _DIGEST.format(sql.Literal(name), sql.Identifier(name)) for (name,) in tables
    )
