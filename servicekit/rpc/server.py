"""Serve gRPC: check each call's caller, rights and input, and turn errors into statuses."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeAlias
from uuid import UUID

import grpc
import structlog
from google.protobuf import empty_pb2
from google.protobuf.message import Message

from servicekit import hints
from servicekit.db.database import is_busy, is_outage
from servicekit.db.kinds import working_as
from servicekit.disks import is_disk_outage
from servicekit.errors import Busy, DomainError, InternalTokenRefused, Unavailable, root_cause
from servicekit.hints import Hint
from servicekit.identity import Identity, acting_as
from servicekit.ids import parse_id
from servicekit.operation import operating
from servicekit.rpc.access import MethodRules, check_access, rules_of
from servicekit.rpc.client import (
    OPERATION_HEADER,
    REQUEST_ID_HEADER,
    TOKEN_HEADER,
)
from servicekit.rpc.connections import LIFETIMES, Lifetimes
from servicekit.rpc.decoding import checked, is_stream, reader
from servicekit.rpc.errors import to_rpc
from servicekit.rpc.hints import hints_of_call
from servicekit.rpc.in_flight import CALLS_PER_CONNECTION, InFlight
from servicekit.rpc.stuck import StuckMethods
from servicekit.rpc.tls import Tls
from servicekit.telemetry import tracing
from servicekit.telemetry.context import serving_request
from servicekit.telemetry.metrics import RPC_ERRORS, RPC_SECONDS
from servicekit.telemetry.tracing import Kind, Span
from servicekit.tokens import TokenSigner

log = structlog.get_logger()

_OURS = "smsblaster."
"""The package of the contract. Other gRPC services, such as health, have no access rules."""

# Tells the caller's gRPC library not to repeat a call, even if its method may be repeated. A call
# that has waited for a lock would only wait again. While a database can't be reached, repeats in
# several layers of services would multiply.
_DO_NOT_REPEAT = ("grpc-retry-pushback-ms", "-1")

# The type parameters are ``Any``, because these types stand for any method. They are strings,
# because the library's classes can't be subscripted at run time.
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Continuation: TypeAlias = "Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]]"


def make_server(
    signer: TokenSigner,
    most_calls: int = 8 * CALLS_PER_CONNECTION,
    lifetimes: Lifetimes = LIFETIMES,
    pass_on: Callable[[Sequence[Hint]], None] = hints.drop,
) -> grpc.aio.Server:
    """Return a server whose every method passes :class:`Guard`.

    It runs at most ``most_calls`` calls at a time. ``pass_on`` gets the hints of what users have
    changed.

    A method that the contract does not describe can't be called, because it has no access rule.
    """
    return grpc.aio.server(
        interceptors=[Guard(_Gate(signer, InFlight(most_calls), StuckMethods(), pass_on))],
        options=[("grpc.so_reuseport", 0), *lifetimes.of_server()],
    )


def listen(server: grpc.aio.Server, address: str, tls: Tls | None) -> None:
    """Let ``server`` listen on the host:port ``address``, with TLS if ``tls`` is given."""
    if tls is None:
        server.add_insecure_port(address)
    else:
        server.add_secure_port(address, tls.of_server())


@dataclass(frozen=True, slots=True)
class _Gate:
    """What a server needs to check calls: the token signer, and the limits for calls and for locks.

    ``pass_on`` gets the hints of calls that have succeeded.
    """

    signer: TokenSigner
    in_flight: InFlight
    stuck: StuckMethods
    pass_on: Callable[[Sequence[Hint]], None]


class Guard(grpc.aio.ServerInterceptor):
    """Guards every method: identity, access, validation, errors, metrics."""

    def __init__(self, gate: _Gate) -> None:
        self._gate = gate

    async def intercept_service(
        self, continuation: Continuation, details: grpc.HandlerCallDetails
    ) -> "Handler | None":
        """Wrap the handler of the method that is called."""
        handler = await continuation(details)
        if not details.method.startswith(f"/{_OURS}"):
            return handler
        if handler is None:
            return _GuardedCall(self._gate, details, None, _NO_METHOD).handler()
        return _GuardedCall(self._gate, details, rules_of(details.method), handler).handler()


class _GuardedCall:
    """One call of a method: its checks, its handler and its errors."""

    def __init__(
        self,
        gate: _Gate,
        details: grpc.HandlerCallDetails,
        rules: MethodRules | None,
        handler: Handler,
    ) -> None:
        self._gate = gate
        self._metadata: dict[str, Any] = dict(details.invocation_metadata or ())
        # Method names that don't exist are counted together: callers must not create new metric
        # series.
        self._method = details.method if rules else "unknown"
        self._rules = rules
        self._inner = handler
        self._answer: Message | None = None

    def handler(self) -> Handler:
        """Return a handler that makes the checks and then calls the method's own handler.

        It takes and returns single messages or streams, as the method's own handler does.
        """
        inner: Any = self._inner  # typed for the synchronous server; this one is asynchronous
        codecs = {
            "request_deserializer": reader(inner.request_deserializer),
            "response_serializer": inner.response_serializer,
        }
        if inner.unary_unary:
            return grpc.unary_unary_rpc_method_handler(self._unary(inner.unary_unary), **codecs)
        if inner.stream_unary:
            return grpc.stream_unary_rpc_method_handler(self._unary(inner.stream_unary), **codecs)
        return grpc.unary_stream_rpc_method_handler(self._stream(inner.unary_stream), **codecs)

    def _unary(self, behaviour: Callable[[Any, Context], Awaitable[Message]]) -> Any:
        async def serve(request: Any, context: Context) -> Message:
            async with self._serving(request, context) as admitted:
                self._answer = answer = await behaviour(admitted, context)
            return answer

        return serve

    def _stream(self, behaviour: Callable[[Any, Context], AsyncGenerator[Message]]) -> Any:
        # Responses are written and not yielded, so that, when a caller hangs up, the method's
        # transaction is closed at once in the task that opened it.
        async def serve(request: Any, context: Context) -> None:
            async with (
                self._serving(request, context) as admitted,
                aclosing(behaviour(admitted, context)) as messages,
            ):
                async for message in messages:
                    await context.write(message)

        return serve

    @asynccontextmanager
    async def _serving(self, request: Any, context: Context) -> AsyncIterator[Any]:
        """Check the request, and serve the call within the ``with`` block."""
        started = time.perf_counter()
        outcome = "CANCELLED"
        with self._request() as span:
            try:
                with self._gate.in_flight.place(context.time_remaining()):
                    identity = self._admit()
                    with self._working_for(identity):
                        yield checked(request)
                outcome = "OK"
                self._pass_on_hints(request, identity)
            except grpc.aio.AbortError:
                outcome = "ABORTED"
                raise
            except asyncio.CancelledError:
                log.warning("rpc_cut_off", method=self._method)
                await _answer_interrupted(context)
                raise
            except Exception as error:  # noqa: BLE001 (every error is answered, none leaks)
                known = self._known(error)
                outcome = known.grpc_status.name
                if known.grpc_status is grpc.StatusCode.INTERNAL:
                    RPC_ERRORS.inc()
                    span.fail(type(error).__name__)
                await _read_out(request)
                await _abort(context, known, [_DO_NOT_REPEAT])
            finally:
                RPC_SECONDS.labels(self._method, outcome).observe(time.perf_counter() - started)
                span.note({"rpc.system.name": "grpc", "rpc.response.status_code": outcome})

    @contextmanager
    def _request(self) -> Iterator[Span]:
        """Work within the request and the trace that the caller works for."""
        request, trace = self._metadata.get(REQUEST_ID_HEADER), self._metadata.get(tracing.HEADER)
        name = self._method.removeprefix("/")
        with (
            serving_request(request, trace),
            tracing.span(name, Kind.SERVER, (grpc.aio.AbortError,)) as span,
        ):
            yield span

    def _pass_on_hints(self, request: Any, identity: Identity) -> None:
        if self._rules is not None:
            hints = hints_of_call(self._rules, request, identity, self._answer)
            self._gate.pass_on(list(hints))

    @contextmanager
    def _working_for(self, identity: Identity) -> Iterator[None]:
        with (
            acting_as(identity),
            operating(self._operation()),
            working_as(self._method),
            self._gate.stuck.turn(self._method, identity.org_id),
        ):
            yield

    def _operation(self) -> UUID | None:
        return parse_id(self._metadata.get(OPERATION_HEADER))

    def _admit(self) -> Identity:
        token = self._metadata.get(TOKEN_HEADER)
        if not isinstance(token, str):
            raise InternalTokenRefused("The call has no internal token.")
        identity = self._gate.signer.verify(token)
        if self._rules is not None:
            check_access(self._rules.access, identity)
        return identity

    def _known(self, error: Exception) -> DomainError:
        if isinstance(error, Unavailable):
            cause = repr(root_cause(error))
            log.warning("rpc_unavailable", method=self._method, code=error.code, error=cause)
            return error
        if isinstance(error, DomainError) and error.http_status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return error
        if is_busy(error):
            log.warning("data_held", method=self._method, error=repr(error))
            return Busy()
        if is_outage(error):
            log.warning("database_away", method=self._method, error=repr(error))
            return Unavailable("The database is not responding. Try again in a moment.")
        if is_disk_outage(error):
            log.error("disk_takes_nothing", method=self._method, error=repr(error))
            return Unavailable("This can't be stored now. Try again in a moment.")
        log.error("rpc_failed", method=self._method, exc_info=error)
        return DomainError("Something went wrong on our side. Try again later.")


async def _answer_unknown_method(_: Message, context: Context) -> Message:
    await context.abort(grpc.StatusCode.UNIMPLEMENTED, "This method does not exist.")


_NO_METHOD: Handler = grpc.unary_unary_rpc_method_handler(
    _answer_unknown_method, request_deserializer=lambda _: empty_pb2.Empty()
)


async def _abort(
    context: Context, error: DomainError, further: Sequence[tuple[str, str]] = ()
) -> None:
    status = to_rpc(error)
    context.set_trailing_metadata((*(status.trailing_metadata or ()), *further))
    await context.abort(status.code, status.details)


async def _answer_interrupted(context: Context) -> None:
    """Respond to a call that was interrupted, if its caller still waits for a response.

    Without this response the call would end with CANCELLED, as if it had not been begun.
    """
    with suppress(grpc.aio.BaseError, asyncio.InvalidStateError):
        await _abort(context, Unavailable("The call was interrupted. Try again in a moment."))


async def _read_out(request: Any) -> None:
    """Read the rest of a stream of requests.

    If a caller is still writing when the response comes, it might see a broken stream instead of
    the response.
    """
    if is_stream(request):
        async for _ in request:
            pass
