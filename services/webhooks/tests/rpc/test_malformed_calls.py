"""Every method refuses malformed calls, and the service keeps running."""

import grpc
import pytest

from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.serving import ServiceProcess
from tests.fixtures.malformed import assert_malformed_calls_are_refused


@pytest.fixture(scope="module")
def service(service_process: ServiceProcess) -> ServiceProcess:
    return service_process


async def test_malformed_calls_are_refused(
    service: ServiceProcess, settings: WebhooksSettings
) -> None:
    # Webhooks are served before gRPC is, so being ready is not enough here.
    async with grpc.aio.insecure_channel(settings.grpc_listen) as channel:
        await channel.channel_ready()
    key = settings.token_key()
    await assert_malformed_calls_are_refused(settings.grpc_listen, key, "webhooks")
    assert "Traceback" not in service.log_file.read_text()
