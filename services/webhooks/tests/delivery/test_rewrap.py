"""Secrets of endpoints can be encrypted again under a newer key."""

import asyncio

from pydantic import SecretStr

from servicekit.db.database import Database
from services.webhooks.parts.endpoints import rewrap
from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.delivery.conftest import Customer, delivering
from services.webhooks.tests.delivery.customer_server import CustomerServer
from smsblaster.webhooks.v1 import endpoints_pb2


async def test_calls_are_signed_with_the_same_secrets_after_these_were_encrypted_with_a_new_key(
    acme: Customer,
    settings: WebhooksSettings,
    database: Database,
    nats_url: str,
    server: CustomerServer,
) -> None:
    old = await acme.create(f"{server.url}/a")
    request = endpoints_pb2.RotateWebhookSecretRequest(id=old.endpoint.id)
    new = await acme.call(acme.endpoints.RotateWebhookSecret, request)
    added = "new:bmV3LWtleS1vZi10aGUtd2ViaG9va3MtdGVzdHMtMzI="
    keyring = SecretStr(f"{added},{settings.keyring.get_secret_value()}")
    newer = settings.model_copy(update={"keyring": keyring, "nats_url": SecretStr(nats_url)})
    await rewrap(newer, asyncio.Event())
    only_new = settings.model_copy(update={"keyring": SecretStr(added)})
    async with delivering(only_new, database) as delivery:
        await delivery.happen(acme.person.org_id, "message.sent")
        await delivery.deliver_due()
    [call] = server.calls
    assert (call.is_signed_by(old.secret), call.is_signed_by(new.secret)) == (True, True)
