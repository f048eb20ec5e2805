"""Fixtures: a running contacts service with a real database and bus."""

from collections.abc import AsyncIterator, Callable

import pytest
from pydantic import SecretStr

from servicekit.db.database import Database
from services.contacts import app
from services.contacts.settings import ContactsSettings
from tests.fixtures.running import INTERNAL_KEY_TEXT, Running, listening, running


@pytest.fixture(scope="module")
def settings(migrated_database: Callable[[str], str], nats_url: str) -> ContactsSettings:
    return ContactsSettings(
        database_url=SecretStr(migrated_database("contacts")),
        nats_url=nats_url,
        ops_listen=listening(),
        grpc_listen=listening(),
        internal_token_key=SecretStr(INTERNAL_KEY_TEXT),
        import_max_bytes=4 * 1024 * 1024,
        import_max_rows=20_000,
        import_max_columns=30,
        import_lease_seconds=2,
    )


@pytest.fixture(scope="module")
async def contacts(settings: ContactsSettings) -> AsyncIterator[Running]:
    async with running(app.serve, settings) as service:
        yield service


@pytest.fixture(scope="module")
async def database(settings: ContactsSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url.get_secret_value())
    yield database
    await database.close()
