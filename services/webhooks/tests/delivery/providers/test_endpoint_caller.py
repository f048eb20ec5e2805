"""No call reaches the platform's own network. Time and size of responses are limited."""

from socket import AF_INET, AF_INET6, SOCK_STREAM
from uuid import uuid4

import pytest

from servicekit.outbound.client import Found
from services.webhooks.delivery.domain.calls import Answer, Claimed
from services.webhooks.delivery.domain.signatures import new_secret
from services.webhooks.delivery.providers.endpoint_caller import EndpointCaller
from services.webhooks.delivery.providers.public_addresses import AddressRefused, PublicAddresses
from services.webhooks.tests.delivery.customer_server import CustomerServer, answer
from tests.fixtures.running import listening


async def call(url: str, *, allow_loopback: bool = True, seconds: float = 5) -> Answer:
    """Make one call to `url`, and return its result."""
    id_ = uuid4()
    claimed = Claimed(id_, id_, id_, id_, 1, 1, "{}", url, None, "", None)
    caller = EndpointCaller(PublicAddresses(allow_loopback=allow_loopback), seconds)
    try:
        return await caller.call(claimed, [new_secret()], lambda: True)
    finally:
        await caller.close()


def resolving_to(*addresses: str) -> PublicAddresses:
    """Return a resolver that finds these IP addresses for every host name."""

    def resolve(host: str, port: int) -> Found:
        return [
            (AF_INET6 if ":" in a else AF_INET, SOCK_STREAM, 6, "", (a, port)) for a in addresses
        ]

    return PublicAddresses(resolve=resolve)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00::1"]
)
async def test_a_host_name_without_a_public_ip_address_gets_no_connection(address: str) -> None:
    with pytest.raises(AddressRefused):
        await resolving_to(address).find("hooks.example.com", 443)


async def test_connections_are_opened_only_to_public_ip_addresses() -> None:
    mixed = resolving_to("10.0.0.1", "93.184.215.14", "::1")
    found = await mixed.find("hooks.example.com", 443)
    assert [info[4][0] for info in found] == ["93.184.215.14"]


async def test_a_host_name_that_resolves_to_this_computer_is_refused_when_the_call_is_made(
    server: CustomerServer,
) -> None:
    url = server.url.replace("127.0.0.1", "localhost")
    refused = await call(url, allow_loopback=False)
    assert refused.error == "The host has no address on the internet. Endpoints must be public."
    assert not server.calls
    assert (await call(url)).succeeded


@pytest.mark.parametrize("host", ["hooks..example.com", "a" * 64 + ".example.com"])
async def test_a_host_name_that_cannot_be_resolved_gets_an_error_that_customers_understand(
    host: str,
) -> None:
    failed = await call(f"https://{host}/")
    assert failed.error == "The host name could not be resolved. Check the address."


async def test_a_call_to_an_endpoint_that_does_not_respond_in_time_is_an_error(
    server: CustomerServer,
) -> None:
    server.answers["/"] = None
    left = await call(server.url, seconds=0.2)
    assert left.error == "The endpoint did not answer within 0.2 seconds."
    assert left.code is None


async def test_a_large_response_is_not_read_completely(server: CustomerServer) -> None:
    server.answers["/"] = answer(200, "x" * 400_000)
    unread = await call(server.url)
    assert unread.error == "The connection ended before the endpoint had answered."


async def test_the_beginning_of_a_response_is_stored_as_text(server: CustomerServer) -> None:
    server.answers["/"] = answer(200, "\0" + "y" * 5000)
    kept = (await call(server.url)).body
    assert kept is not None
    assert (len(kept), "\0" in kept) == (1000, False)


async def test_a_refused_connection_has_an_error_that_customers_understand() -> None:
    assert (await call(f"http://{listening()}/")).error == "The server refused the connection."
