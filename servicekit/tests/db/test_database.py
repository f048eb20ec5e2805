"""A transaction sees only its organisation's rows, and works after a restart of the server."""

from collections.abc import AsyncIterator, Awaitable
from uuid import UUID, uuid4

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    Column,
    MetaData,
    Table,
    Text,
    Uuid,
    create_engine,
    insert,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from deploy.local.postgres import Postgres, create_database, create_role
from servicekit.db.database import Database, is_outage, violated
from servicekit.db.row_security import isolate_by_org
from servicekit.errors import CrossOrgAccess, NotFound
from tests.fixtures.databases import owner_url
from tests.fixtures.running import listening

MINE, THEIRS = uuid4(), uuid4()

things = Table(
    "things",
    MetaData(),
    Column("id", Uuid, primary_key=True),
    Column("org_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
)

_DDL = """
CREATE TABLE things (
  id uuid CONSTRAINT pk_things PRIMARY KEY,
  org_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT ck_things_name CHECK (name <> '')
)
"""


@pytest.fixture(scope="module")
def things_url(database_url: str) -> str:
    engine = create_engine(make_url(owner_url(database_url)).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.execute(text(_DDL))
        with Operations.context(MigrationContext.configure(connection)):
            isolate_by_org("things")
    engine.dispose()
    return database_url


@pytest.fixture
async def database(things_url: str) -> AsyncIterator[Database]:
    """Open a pool of one connection, so that each transaction reuses the same connection."""
    database = Database(things_url, pool_size=1)
    yield database
    await database.close()


async def add(database: Database, org_id: UUID, name: str = "thing") -> UUID:
    thing_id = uuid4()
    async with database.org(org_id) as connection:
        await connection.execute(insert(things).values(id=thing_id, org_id=org_id, name=name))
    return thing_id


async def seen_by(database: Database, org_id: UUID) -> set[UUID]:
    """Return the rows that an organisation gets from a query without a condition on ``org_id``."""
    async with database.org(org_id) as connection:
        return set((await connection.execute(select(things.c.id))).scalars())


async def test_an_organisation_sees_only_its_own_rows(database: Database) -> None:
    mine, theirs = await add(database, MINE), await add(database, THEIRS)
    assert mine in await seen_by(database, MINE)
    assert theirs not in await seen_by(database, MINE)
    assert await seen_by(database, uuid4()) == set()


async def test_an_organisation_cannot_write_rows_of_another(database: Database) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"):
        async with database.org(MINE) as connection:
            await connection.execute(insert(things).values(id=uuid4(), org_id=THEIRS, name="x"))


async def test_a_system_transaction_sees_all_rows(database: Database) -> None:
    both = {await add(database, MINE), await add(database, THEIRS)}
    async with database.system() as connection:
        found = set((await connection.execute(select(things.c.id))).scalars())
    assert both <= found


async def test_a_transaction_without_an_organisation_sees_no_rows_even_on_a_reused_connection(
    database: Database,
) -> None:
    await add(database, MINE)
    async with database.system() as connection:
        assert (await connection.execute(select(things))).first()
    async with database.engine.begin() as connection:
        assert (await connection.execute(select(things))).first() is None


async def test_the_next_transaction_has_no_access_after_a_system_transaction_without_statements(
    database: Database,
) -> None:
    await add(database, MINE)
    async with database.system():
        pass
    async with database.engine.begin() as connection:
        assert (await connection.execute(select(things))).first() is None


async def test_the_first_statement_can_insert_many_rows(database: Database) -> None:
    rows = [{"id": uuid4(), "org_id": MINE, "name": name} for name in ("a", "b")]
    async with database.org(MINE) as connection:
        await connection.execute(insert(things), rows)
    assert {row["id"] for row in rows} <= await seen_by(database, MINE)


async def test_a_transaction_that_fails_leaves_no_changes(database: Database) -> None:
    thing_id = uuid4()

    async def add_and_fail() -> None:
        async with database.org(MINE) as connection:
            await connection.execute(insert(things).values(id=thing_id, org_id=MINE, name="x"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await add_and_fail()
    assert thing_id not in await seen_by(database, MINE)


async def test_an_id_of_another_organisation_is_distinguished_from_an_unknown_id(
    database: Database,
) -> None:
    theirs = await add(database, THEIRS)
    assert isinstance(
        await database.not_found(things, things.c.id == theirs, "thing"), CrossOrgAccess
    )
    nowhere = await database.not_found(things, things.c.id == uuid4(), "toy thing")
    assert isinstance(nowhere, NotFound)
    assert nowhere.code == "toy_thing_not_found"


async def test_an_integrity_error_names_the_violated_constraint(database: Database) -> None:
    with pytest.raises(IntegrityError) as failed:
        await add(database, MINE, name="")
    assert violated(failed.value) == "ck_things_name"


async def test_database_errors_contain_no_values_of_the_sql_statement(database: Database) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with database.org(MINE) as connection:
            await connection.execute(text("SELECT missing, :body"), {"body": "Dear Ann, your code"})
    assert "Dear Ann" not in str(failed.value)


async def test_a_role_that_row_security_applies_to_is_accepted(database: Database) -> None:
    await database.refuse_unsafe_role()


async def test_a_role_that_bypasses_row_security_is_refused(superuser_url: str) -> None:
    database = Database(superuser_url)
    with pytest.raises(RuntimeError, match="row-level security"):
        await database.refuse_unsafe_role()
    await database.close()


async def test_waiting_too_long_for_a_connection_counts_as_an_outage(database: Database) -> None:
    database.engine.pool._timeout = 0.05  # type: ignore[attr-defined]  # seconds; 10 is for real
    async with database.system():
        with pytest.raises(PoolTimeout) as failed:
            async with database.system():
                """It is not reached."""
        await database.check()  # the check has a connection of its own
    assert is_outage(failed.value)


async def test_a_database_server_that_does_not_exist_counts_as_an_outage() -> None:
    database = Database(f"postgresql://toy:toy@{listening()}/toy")
    with pytest.raises(psycopg.OperationalError):
        await database.check()
    with pytest.raises(OperationalError) as failed:
        async with database.system():
            """It is not reached."""
    assert is_outage(failed.value)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1/0",
        "SELECT missing",
        "INSERT INTO things (id, org_id, name) VALUES (gen_random_uuid(), NULL, 'x')",
        "SELECT repeat('x', 2000000000)",
    ],
)
async def test_a_wrong_sql_statement_is_no_outage(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with database.system() as connection:
            await connection.execute(text(statement))
    assert not is_outage(failed.value)


async def test_a_database_that_is_read_only_for_now_counts_as_an_outage(database: Database) -> None:
    async def write() -> None:
        async with database.system() as connection:
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            await connection.execute(text("INSERT INTO things (name) VALUES ('x')"))

    with pytest.raises(DBAPIError) as failed:
        await write()
    assert is_outage(failed.value)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (psycopg.errors.DiskFull("could not extend file"), True),
        (psycopg.errors.OutOfMemory("out of memory"), True),
        (psycopg.errors.InsufficientPrivilege("could not open file: Read-only file system"), True),
        (psycopg.errors.InsufficientPrivilege("new row violates row-level security"), False),
        (psycopg.errors.UniqueViolation("duplicate key"), False),
    ],
)
def test_only_some_errors_of_the_database_driver_count_as_outages(
    error: psycopg.Error, expected: bool
) -> None:
    assert is_outage(error) is expected


@pytest.fixture(scope="module")
def own_url(own_postgres: Postgres) -> str:
    """Return the URL of a database on a server for this module alone."""
    create_role(own_postgres.url(), "toy", "toy")
    create_database(own_postgres.url(), "toy", "toy")
    host = own_postgres.url("toy").rpartition("@")[2]
    return f"postgresql://toy:toy@{host}"


async def hold_all(database: Database, count: int) -> None:
    """Use ``count`` connections at the same time, so that the pool opens that many."""
    if count:
        async with database.system():
            await hold_all(database, count - 1)


async def failure_of(use: Awaitable[None]) -> DBAPIError | None:
    try:
        await use
    except DBAPIError as error:
        return error
    return None


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "restarted"])
async def test_after_a_restart_each_connection_fails_at_most_once(
    own_postgres: Postgres, own_url: str, kill: bool
) -> None:
    database = Database(own_url, pool_size=3)
    await hold_all(database, 3)
    own_postgres.restart(kill=kill)
    failures = [error for _ in range(6) if (error := await failure_of(database.check()))]
    assert len(failures) <= 3
    assert all(is_outage(error) for error in failures)
    await database.check()
    await database.close()


async def test_a_transaction_interrupted_by_a_restart_fails_as_a_whole(
    own_postgres: Postgres, own_url: str
) -> None:
    database = Database(own_url)
    async with database.system() as connection:
        await connection.execute(text("CREATE TABLE notes (body text)"))

    async def write_across_a_restart() -> None:
        async with database.system() as connection:
            await connection.execute(text("INSERT INTO notes VALUES ('lost')"))
            own_postgres.restart(kill=True)
            await connection.execute(text("INSERT INTO notes VALUES ('lost too')"))

    with pytest.raises(DBAPIError) as failed:
        await write_across_a_restart()
    assert is_outage(failed.value)
    async with database.system() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM notes")) == 0
    await database.close()
