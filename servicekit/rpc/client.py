"""Calling other services: with a deadline, the caller's identity, and retries only where safe."""

import json
from collections.abc import Sequence
from typing import TypeVar

import grpc
from google.protobuf import descriptor_pool

from servicekit import operation
from servicekit.errors import from_rpc
from servicekit.identity import TokenSigner
from servicekit.rpc.access import rules_of
from servicekit.telemetry.context import request_id

TOKEN_HEADER = "x-internal-token"  # noqa: S105 (a header's name)
REQUEST_ID_HEADER = "x-request-id"
OPERATION_HEADER = "x-operation-id"
DEFAULT_TIMEOUT = 10.0
MAX_MESSAGE_BYTES = 16 * 1024 * 1024
MAX_METADATA_BYTES = 128 * 1024

Request = TypeVar("Request")
Response = TypeVar("Response")


def open_channel(address: str, services: Sequence[str]) -> grpc.aio.Channel:
    """A channel to ``address``, whose calls to ``services`` (full names) wait for it to be up.

    Methods that the contract marks as idempotent are retried while the server is unavailable;
    the others fail at once.
    """
    return grpc.aio.insecure_channel(
        address,
        options=[
            ("grpc.service_config", json.dumps(_service_config(services))),
            ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
            ("grpc.initial_reconnect_backoff_ms", 100),
            ("grpc.max_reconnect_backoff_ms", 1000),
            ("grpc.max_metadata_size", MAX_METADATA_BYTES),
            ("grpc.enable_retries", 1),
        ],
    )


class Caller:
    """Makes calls in the name of this service, for the identity being served."""

    def __init__(self, signer: TokenSigner) -> None:
        self._signer = signer

    def metadata(self) -> tuple[tuple[str, str], ...]:
        """The metadata of a call: the internal token, the request's id, the operation's if any."""
        served = operation.current()
        return (
            (TOKEN_HEADER, self._signer.sign_current()),
            (REQUEST_ID_HEADER, request_id()),
            *(((OPERATION_HEADER, str(served)),) if served else ()),
        )

    async def call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> Response:
        """Call ``method`` and wait ``timeout`` seconds at the most.

        Raises the domain error that the other side raised; ``Unavailable`` when it is away.
        """
        try:
            return await method(request, timeout=timeout, metadata=self.metadata())
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from error


def _service_config(services: Sequence[str]) -> dict[str, object]:
    pool = descriptor_pool.Default()
    safe = [
        {"service": name, "method": method.name}
        for name in services
        for method in pool.FindServiceByName(name).methods
        if rules_of(f"/{name}/{method.name}").safe_to_retry
    ]
    # A client spreads its calls over every replica that the address stands for.
    config: dict[str, object] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if not safe:
        return config
    policy = {
        "maxAttempts": 4,
        "initialBackoff": "0.1s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config["methodConfig"] = [{"name": safe, "waitForReady": True, "retryPolicy": policy}]
    return config
