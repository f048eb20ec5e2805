"""Change large tables in migrations without blocking other transactions."""

from alembic import op

from servicekit.db.limits import MIGRATION


def create_index(name: str, definition: str) -> None:
    """Build an index without blocking reads and writes of its table.

    ``definition`` is what follows the name in ``CREATE INDEX``. The statement runs outside of any
    transaction, so it must be the only change of its migration. An index whose build was
    interrupted is built again. The build may wait for open transactions, and blocks nobody
    meanwhile.
    """
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")
        op.execute("SET statement_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY {name} {definition}")
        for limit, milliseconds in MIGRATION.settings().items():
            op.execute(f"SET {limit} = {milliseconds}")
