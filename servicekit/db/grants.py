"""Give the role of a service's processes what it needs in a database that another role owns.

The owner migrates. The role of the processes reads and writes rows, but can change no table, so it
can't turn off row-level security either.
"""

import psycopg
from psycopg import sql

_LATER = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT"
# Statements of the owner. Tables of later migrations get their grants when they are created, so
# that a new process never meets a table that it can't use yet.
_GRANTS = (
    "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
    f"{_LATER} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {{role}}",
    f"{_LATER} USAGE, SELECT ON SEQUENCES TO {{role}}",
)
_READ_ONLY = "REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}"
# Two processes that grant at once would disturb each other.
_LOCK = "SELECT pg_advisory_xact_lock(7217, 2)"


def grant(owner_url: str, role: str) -> None:
    """Let ``role`` use all tables, present and future, of the database at ``owner_url``."""
    _execute(owner_url, role, _GRANTS)


def protect_version(owner_url: str, role: str) -> None:
    """Let ``role`` only read the number of the newest migration."""
    _execute(owner_url, role, (_READ_ONLY,))


def _execute(owner_url: str, role: str, statements: tuple[str, ...]) -> None:
    with psycopg.connect(owner_url, connect_timeout=5) as connection:
        connection.execute(_LOCK)
        names = {
            "database": sql.Identifier(connection.info.dbname),
            "role": sql.Identifier(role),
        }
        for statement in statements:
            connection.execute(sql.SQL(statement).format(**names))
