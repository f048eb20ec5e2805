"""Change large tables in migrations without blocking other transactions."""

from alembic import op

from servicekit.db.limits import MIGRATION


def create_index(name: str, definition: str, *, unique: bool = False) -> None:
    """Build an index while its table is read and written.

    ``definition`` is what follows the name in ``CREATE INDEX``. The statement runs outside of any
    transaction, so it must be the only change of its migration. An index whose build was
    interrupted is built again. The build may wait for open transactions, and blocks nobody
    meanwhile. ``unique`` makes it an index of unique values.
    """
    kind = "UNIQUE INDEX" if unique else "INDEX"
    _execute(
        f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
        f"CREATE {kind} CONCURRENTLY {name} {definition}",
    )


def drop_index(name: str) -> None:
    """Remove an index while its table is read and written, as the only change of a migration."""
    _execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


def _execute(*statements: str) -> None:
    """Execute statements outside of any transaction, and without the time limits of migrations."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("SET statement_timeout = 0")
        for statement in statements:
            op.execute(statement)
        for limit, milliseconds in MIGRATION.settings().items():
            op.execute(f"SET {limit} = {milliseconds}")
