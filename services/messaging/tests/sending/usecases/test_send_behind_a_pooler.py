"""Messages are sent once and charged once behind PgBouncer in transaction mode."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.pgbouncer import pooled
from tests.fixtures.running import Running, listening, running

CONNECTIONS, MESSAGES = 3, 12


@pytest.fixture(scope="module")
async def messaging(
    settings: MessagingSettings, billing: Running, contacts: Running
) -> AsyncIterator[Running]:
    """Run messaging behind a pooler, beside the service that other tests use."""
    direct = settings.database_url
    with pooled(direct.get_secret_value(), "transaction", CONNECTIONS) as url:
        addresses = {"grpc_listen": listening(), "ops_listen": listening()}
        databases = {"database_url": SecretStr(url), "direct_database_url": direct}
        own = settings.model_copy(update=addresses | databases)
        async with running(app.serve, own) as service:
            yield service


async def test_messages_are_sent_and_charged_once_over_three_connections(
    organisation: Organisation,
) -> None:
    before = await organisation.balance()
    numbers = [phone(number) for number in range(1, MESSAGES + 1)]
    sent = await asyncio.gather(*(organisation.send(number) for number in numbers))
    assert [message.to for message in sent] == numbers
    assert before - await organisation.balance() == MESSAGES
    assert sorted(each["to"] for each in organisation.provider()) == sorted(numbers)
