"""Fixtures: a running contacts service with a real database and bus."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from servicekit.db.database import Database
from services.contacts import app
from services.contacts.settings import ContactsSettings
from tests.fixtures.running import INTERNAL_KEY_TEXT, Running, listening, running
from tests.fixtures.services import KeptServices


@pytest.fixture(scope="module")
def settings(shared: KeptServices, nats_url: str, runs_jobs: bool) -> ContactsSettings:
    def make() -> ContactsSettings:
        return ContactsSettings(
            database_url=SecretStr(shared.database("contacts")),
            nats_url=nats_url,
            ops_listen=listening(),
            grpc_listen=listening(),
            internal_token_key=SecretStr(INTERNAL_KEY_TEXT),
            import_max_bytes=4 * 1024 * 1024,
            import_max_rows=20_000,
            import_max_columns=30,
            import_lease_seconds=2,
            scheduler=runs_jobs,
        )

    return shared.once("settings of contacts", make)


@pytest.fixture(scope="module")
async def contacts(shared: KeptServices, settings: ContactsSettings) -> Running:
    return await shared.opened("contacts", lambda: running(app.serve, settings))


@pytest.fixture(scope="module")
async def database(settings: ContactsSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url.get_secret_value())
    yield database
    await database.close()
