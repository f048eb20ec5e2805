"""Every method refuses malformed calls, and the service keeps running."""

from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.serving import Service
from tests.fixtures.malformed import assert_malformed_calls_are_refused


async def test_malformed_calls_are_refused(service: Service, settings: WebhooksSettings) -> None:
    key = settings.token_key()
    await assert_malformed_calls_are_refused(settings.grpc_listen, key, "webhooks")
    assert "Traceback" not in service.log_file.read_text()
