"""A real gRPC server and its client. The test defines what its methods do."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import grpc
import pytest
from prometheus_client import REGISTRY

from servicekit.errors import DomainError
from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import CONNECT_ATTEMPTS, RpcClient, open_channel
from servicekit.rpc.connections import LIFETIMES, Lifetimes
from servicekit.rpc.errors import from_rpc
from servicekit.rpc.server import listen, make_server
from servicekit.rpc.tls import Tls
from servicekit.tests.rpc.toy_contract import SERVICE, UNRULED_SERVICE, Toy, toy
from servicekit.tokens import TokenSigner
from tests.fixtures.running import listening

KEY = b"t" * 32
MEMBER = Identity("gateway", uuid4(), uuid4(), "Acme", frozenset({"member"}))

Behaviour = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class ToyService:
    """A running test server, with functions to call it."""

    channel: grpc.aio.Channel
    address: str

    async def call(
        self,
        method: str,
        text: str = "hello",
        identity: Identity = MEMBER,
        timeout: float = 5,
        connect_attempts: int = CONNECT_ATTEMPTS,
    ) -> str:
        """Call a method as ``identity``."""
        rpc = RpcClient(TokenSigner(identity.service, KEY))
        with acting_as(identity):
            answer: Any = await rpc.call(self.unary(method), toy(text), timeout, connect_attempts)
        return str(answer.the_text)

    def unary(self, method: str) -> Any:
        service = UNRULED_SERVICE if method == "Unruled" else SERVICE
        return self.channel.unary_unary(f"/{service}/{method}", **_CODECS)

    def download(self, text: str = "hello") -> Any:
        """Start a call that returns a stream of messages."""
        method = self.channel.unary_stream(f"/{SERVICE}/Download", **_CODECS)
        return method(toy(text), metadata=metadata_of(MEMBER))

    async def upload(self, texts: AsyncIterator[str]) -> str:
        """Send a stream of messages with these texts, and return the response."""
        method = self.channel.stream_unary(f"/{SERVICE}/Upload", **_CODECS)
        messages = (toy(text) async for text in texts)
        answer: Any = await method(messages, metadata=metadata_of(MEMBER))
        return str(answer.the_text)


def metadata_of(identity: Identity) -> tuple[tuple[str, str], ...]:
    with acting_as(identity):
        return RpcClient(TokenSigner(identity.service, KEY)).metadata()


@asynccontextmanager
async def serving(
    behaviours: Mapping[str, Behaviour],
    address: str = "",
    lifetimes: Lifetimes = LIFETIMES,
    most_calls: int = 100,
    tls: Tls | None = None,
) -> AsyncIterator[ToyService]:
    """Run a server with the usual checks until the block ends.

    ``behaviours`` maps the name of each method to the function that it runs.
    """
    address = address or listening()
    server = make_server(TokenSigner("toy", KEY), most_calls, lifetimes)
    handlers = handlers_of(behaviours)
    for service in (SERVICE, UNRULED_SERVICE):
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    listen(server, address, tls)
    await server.start()
    async with open_channel(address, [SERVICE], tls=tls) as channel:
        yield ToyService(channel, address)
    await server.stop(0)


def handlers_of(behaviours: Mapping[str, Behaviour]) -> dict[str, Any]:
    """Return the handlers of methods, by their names."""
    return {name: _handler(name, behaviour) for name, behaviour in behaviours.items()}


def calls_counted(method: str, status: str) -> float:
    """Count the calls of ``method`` that ended with ``status`` since this process began."""
    labels = {"method": f"/{SERVICE}/{method}", "status": status}
    return REGISTRY.get_sample_value("smsblaster_rpc_seconds_count", labels) or 0


async def refused(call: Any) -> DomainError:
    """Return the error of the platform with which a raw gRPC call ends."""
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    return from_rpc(failed.value)


def _handler(name: str, behaviour: Behaviour) -> Any:
    codecs = {
        "request_deserializer": Toy.FromString,
        "response_serializer": Toy.SerializeToString,
    }
    if name == "Upload":
        return grpc.stream_unary_rpc_method_handler(behaviour, **codecs)
    if name == "Download":
        return grpc.unary_stream_rpc_method_handler(behaviour, **codecs)
    return grpc.unary_unary_rpc_method_handler(behaviour, **codecs)


_CODECS: dict[str, Any] = {
    "request_serializer": Toy.SerializeToString,
    "response_deserializer": Toy.FromString,
}
