"""Row-level security hides other organisations' rows from a query without ``org_id``."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, func, select, text

from servicekit.db.database import Database
from servicekit.web.loop_thread import LoopThread
from services.gateway.storage import tables
from services.gateway.tests.members import Client, Member, sign_up

Rows = Callable[..., list[dict[str, object]]]
_TOKEN = (
    "INSERT INTO {} (token_hash, org_id, user_id, expires_at)"
    " VALUES (:token, CAST(:org AS uuid), CAST(:user AS uuid), now())"
)
_INSERTS = (
    *map(_TOKEN.format, ("password_resets", "email_verifications", "sign_in_challenges")),
    (
        "INSERT INTO second_factors (user_id, org_id, secret_encrypted)"
        " VALUES (CAST(:user AS uuid), CAST(:org AS uuid), 'x')"
    ),
    (
        "INSERT INTO recovery_codes (user_id, org_id, code_hash)"
        " VALUES (CAST(:user AS uuid), CAST(:org AS uuid), 'x')"
    ),
    (
        "INSERT INTO request_log (id, org_id, request_id, user_id, method, route, path, status,"
        " faults, fields, duration_ms, address, replayed) VALUES (uuidv7(), CAST(:org AS uuid),"
        " 'x', CAST(:user AS uuid), 'POST', '/', '/', 200, '{}', '{}', 1, '::1', false)"
    ),
    (
        "INSERT INTO erasures (id, org_id, requested_by, phone)"
        " VALUES (uuidv7(), CAST(:org AS uuid), CAST(:user AS uuid), '+14155550101')"
    ),
    (
        "INSERT INTO closings (id, org_id, org_name, closed_by, delete_at, next_step_at)"
        " VALUES (uuidv7(), CAST(:org AS uuid), 'x', CAST(:user AS uuid), 'infinity', 'infinity')"
    ),
    (
        "INSERT INTO email_changes (id, user_id, org_id, new_email, expires_at)"
        " VALUES (uuidv7(), CAST(:user AS uuid), CAST(:org AS uuid), 'x', now())"
    ),
)


@pytest.fixture(scope="module")
def inhabitant(gateway_url: str, loop: LoopThread, database: Database) -> Member:
    """Return the owner of one of two organisations that have rows in every table."""

    async def insert(statement: str, person: Member) -> None:
        given = {"org": person.org_id, "user": person.id, "token": uuid4().bytes}
        async with database.system() as connection:
            await connection.execute(text(statement), given)

    with Client(base_url=gateway_url, timeout=60) as client:
        member, other = sign_up(client), sign_up(client)
        for person in (member, other):
            headers = {**person.headers, "Idempotency-Key": "k"}
            client.post("/api/contacts", json={"phone": "+14155550123"}, headers=headers)
            client.post("/api/api-keys", json={"name": "k", "scopes": ["read"]}, headers=headers)
            invited = {"email": f"{uuid4().hex}@example.com", "role": "member"}
            client.post("/api/org/invitations", json=invited, headers=headers)
            client.post("/api/auth/login", json={"email": person.email, "password": "guess"})
            for statement in _INSERTS:
                loop.run(insert(statement, person))
    return member


@pytest.mark.parametrize("table", tables.metadata.sorted_tables, ids=lambda table: table.name)
def test_an_organisation_sees_only_its_own_rows(
    inhabitant: Member, loop: LoopThread, database: Database, table: Table
) -> None:
    column = table.c.id if table.name == "orgs" else table.c.org_id

    async def seen() -> set[UUID]:
        async with database.org(UUID(inhabitant.org_id)) as connection:
            return set((await connection.execute(select(column))).scalars())

    async def seen_outside_any_scope() -> int:
        async with database.engine.begin() as connection:
            return int(await connection.scalar(select(func.count()).select_from(table)) or 0)

    assert loop.run(seen()) == {UUID(inhabitant.org_id)}
    assert loop.run(seen_outside_any_scope()) == 0


def test_row_level_security_is_forced_on_every_table(rows: Rows) -> None:
    forced = rows("SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY relname")
    assert [row["relname"] for row in forced] == sorted([*tables.metadata.tables, "failing_items"])


def test_tables_match_the_migrations(rows: Rows) -> None:
    for table in tables.metadata.sorted_tables:
        found = rows(
            "SELECT column_name, is_nullable FROM information_schema.columns"
            " WHERE table_name = :table AND table_schema = 'public'",
            table=table.name,
        )
        expected = {column.name: column.nullable for column in table.columns}
        assert {row["column_name"]: row["is_nullable"] == "YES" for row in found} == expected


def test_row_security_applies_to_the_services_role(loop: LoopThread, database: Database) -> None:
    async def role() -> bool:
        async with database.engine.connect() as connection:
            query = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
            return bool(await connection.scalar(text(query)))

    assert loop.run(role()) is False
