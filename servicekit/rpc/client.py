"""Call other services: with a deadline, the caller's identity, and retries only where safe.

A server that is stopping finishes the calls that it has begun. Calls that it has received but not
begun get the status CANCELLED, which it uses in no other case. So every method is tried again after
CANCELLED, on another replica if there is one. After a lost connection nobody knows whether the call
was begun, so only methods that the contract marks as idempotent are tried again. A server that
answers UNAVAILABLE because its database can't be reached is not called again, because over several
layers of services the attempts would multiply.
"""

import asyncio
import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, TypeVar

import grpc
import structlog
from google.protobuf import descriptor_pool

from servicekit import operation
from servicekit.errors import DomainError
from servicekit.rpc.access import rules_of
from servicekit.rpc.connections import LIFETIMES, MAX_METADATA_BYTES, Lifetimes
from servicekit.rpc.errors import from_rpc
from servicekit.rpc.tls import Tls
from servicekit.telemetry import tracing
from servicekit.telemetry.context import request_id
from servicekit.telemetry.tracing import Kind
from servicekit.tokens import TokenSigner, target_of

log = structlog.get_logger()

TOKEN_HEADER = "x-internal-token"  # noqa: S105 (a header's name)
REQUEST_ID_HEADER = "x-request-id"
OPERATION_HEADER = "x-operation-id"
DEFAULT_TIMEOUT = 10.0

# The error messages of gRPC's balancers round_robin and pick_first for a call without a connection.
_NO_CONNECTION = ("connections to all backends failing", "failed to connect to all addresses")
_CONNECT_PAUSE_SECONDS = 0.1
CONNECT_ATTEMPTS = 4
"""Attempts to connect, all within a second, so that a call fails soon if the service is down."""

# gRPC's retry throttling: each failed attempt takes a token, each success gives half a token back,
# and nothing is retried while less than half of the tokens are left. When a server restarts under
# load, fewer than a hundred calls of a process fail.
_THROTTLING = {"maxTokens": 200, "tokenRatio": 0.5}

Request = TypeVar("Request")
Response = TypeVar("Response")


def open_channel(
    address: str,
    services: Sequence[str],
    lifetimes: Lifetimes = LIFETIMES,
    tls: Tls | None = None,
) -> grpc.aio.Channel:
    """Open a channel to the host:port ``address``.

    Calls to ``services`` (full names) wait until it is connected. ``tls`` encrypts it.

    Methods that the contract marks as idempotent are retried after a lost connection; the others
    fail at once, unless the server says that it has not begun them.
    """
    options = [
        ("grpc.service_config", json.dumps(_service_config(services))),
        *lifetimes.of_client(),
        ("grpc.initial_reconnect_backoff_ms", 100),
        # In a rolling restart, a replica that is back must be used before the next one stops.
        ("grpc.max_reconnect_backoff_ms", 250),
        # The default, half a minute, is too long: new replicas of a rolling update must be
        # found sooner.
        ("grpc.dns_min_time_between_resolutions_ms", 2000),
        ("grpc.max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.enable_retries", 1),
    ]
    if tls is None:
        return grpc.aio.insecure_channel(address, options)
    return grpc.aio.secure_channel(address, tls.of_client(), options)


class RpcClient:
    """Makes calls in the name of this service, for the caller that is being served."""

    def __init__(self, signer: TokenSigner) -> None:
        self._signer = signer

    def metadata(self, target: str = "") -> tuple[tuple[str, str], ...]:
        """Return the metadata of a call to the service ``target``.

        It has the internal token, the request id, the trace and the operation.
        """
        served = operation.current()
        return (
            (TOKEN_HEADER, self._signer.sign_current(target)),
            (REQUEST_ID_HEADER, request_id()),
            (tracing.HEADER, tracing.header()),
            *(((OPERATION_HEADER, str(served)),) if served else ()),
        )

    async def call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        timeout: float = DEFAULT_TIMEOUT,
        connect_attempts: int = CONNECT_ATTEMPTS,
        service: str = "",
    ) -> Response:
        """Call ``method`` and wait at most ``timeout`` seconds for each attempt.

        ``service`` is the service that is called, if several serve the method. A call for which
        there was no connection was not sent, so any method is tried ``connect_attempts`` times.
        Raises the domain error that the other service raised, or ``Unavailable`` if it can't be
        reached.
        """
        name = type(request).__name__
        with tracing.span(f"call {name.removesuffix('Request')}", Kind.CLIENT, (DomainError,)):
            target = service or _target(method)
            return await self._call(method, request, timeout, connect_attempts, target)

    async def _call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        timeout: float,
        connect_attempts: int,
        target: str,
    ) -> Response:
        attempt = 1
        while True:
            try:
                return await method(request, timeout=timeout, metadata=self.metadata(target))
            except grpc.aio.AioRpcError as error:
                if attempt >= connect_attempts or not _found_no_connection(error):
                    raise failure_of_call(error, type(request).__name__) from error
            await asyncio.sleep(_CONNECT_PAUSE_SECONDS * 2 ** (attempt - 1))
            attempt += 1


def _target(method: Any) -> str:
    """Return the service that serves ``method``, which may be a ``partial`` of the library's."""
    name: bytes = getattr(method, "func", method)._method  # noqa: SLF001 (the library offers no other way to its name)
    return target_of(name.decode())


def _found_no_connection(error: grpc.aio.AioRpcError) -> bool:
    """Tell by gRPC's error message whether a call was never sent: no status code says that.

    A server may respond with the same message, but its responses always have metadata.
    """
    return (
        error.code() is grpc.StatusCode.UNAVAILABLE
        and not error.trailing_metadata()
        and (error.details() or "").startswith(_NO_CONNECTION)
    )


def failure_of_call(error: grpc.aio.AioRpcError, request: str) -> DomainError:
    """Return the domain error behind a failed call, and log an unexpected one.

    ``request`` is the name of the request's type.
    """
    known = from_rpc(error)
    if known.http_status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning(
            "call_failed", request=request, grpc_status=error.code().name, error=error.details()
        )
    return known


def _service_config(services: Sequence[str]) -> dict[str, object]:
    pool = descriptor_pool.Default()
    safe = [
        {"service": name, "method": method.name}
        for name in services
        for method in pool.FindServiceByName(name).methods
        if rules_of(f"/{name}/{method.name}").safe_to_retry
    ]
    # An empty name means every method that no other entry names.
    methods: list[dict[str, object]] = [{"name": [{}], "retryPolicy": _retries("CANCELLED")}]
    if safe:
        policy = _retries("CANCELLED", "UNAVAILABLE")
        methods.append({"name": safe, "waitForReady": True, "retryPolicy": policy})
    return {
        # A client spreads its calls over all replicas behind the address.
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": methods,
        "retryThrottling": _THROTTLING,
    }


def _retries(*statuses: str) -> dict[str, object]:
    return {
        "maxAttempts": 4,
        "initialBackoff": "0.1s",
        "maxBackoff": "1s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": statuses,
    }
