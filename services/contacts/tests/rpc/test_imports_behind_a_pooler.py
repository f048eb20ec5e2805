"""Imports and exports work behind PgBouncer in transaction mode."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from services.contacts import app
from services.contacts.settings import ContactsSettings
from services.contacts.tests.client import Client
from tests.fixtures.pgbouncer import pooled
from tests.fixtures.running import Running, listening, running

CONNECTIONS, ROWS = 3, 40


@pytest.fixture(scope="module")
async def contacts(settings: ContactsSettings) -> AsyncIterator[Running]:
    """Run contacts behind a pooler, on the database of the other tests."""
    direct = settings.database_url
    with pooled(direct.get_secret_value(), "transaction", CONNECTIONS) as url:
        addresses = {"grpc_listen": listening(), "ops_listen": listening()}
        databases = {"database_url": SecretStr(url), "direct_database_url": direct}
        async with running(app.serve, settings.model_copy(update=addresses | databases)) as service:
            yield service


async def test_organisations_import_and_export_only_their_own_contacts_at_the_same_time(
    contacts: Running,
) -> None:
    clients = [Client(contacts) for _ in range(2 * CONNECTIONS)]

    async def move(number: int, client: Client) -> None:
        rows = [f"415 20{number} {row:04d}" for row in range(ROWS)]
        file = "phone\n" + "\n".join(rows)
        assert (await client.import_csv(file)).created == ROWS
        assert (await client.import_csv(file)).created == 0
        exported = (await client.export()).splitlines()[1:]
        assert len(exported) == ROWS
        assert all(f"+141520{number}" in line for line in exported)

    await asyncio.gather(*(move(number, client) for number, client in enumerate(clients)))
