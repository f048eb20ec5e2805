"""Call the methods of routes, in the gateway itself or in another service over gRPC."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from sqlalchemy.exc import SQLAlchemyError

from servicekit import identity
from servicekit.db.database import Database, is_busy
from servicekit.errors import Busy
from servicekit.identity import Identity
from servicekit.rpc.access import rules_of
from servicekit.rpc.client import CONNECT_ATTEMPTS, RpcClient, failure_of_call
from servicekit.tokens import target_of
from servicekit.web.loop_thread import LoopThread
from servicekit.web.wsgi import Pieces
from services.gateway.http.busy_methods import BusyMethods
from services.gateway.http.contract import Method
from services.gateway.http.local_stream import LocalStream
from services.gateway.http.members import fill_organisations, require_members
from services.gateway.http.names import Names
from smsblaster.options.v1 import access_pb2

_IDENTITY = "identity"
_TRANSFER_SECONDS = 600.0
# A thread waits this much longer than the call may take, so that the call's deadline ends it first.
_MARGIN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Download:
    """A file being downloaded. `deferred` is the response if the file must be prepared first."""

    content_type: str
    pieces: Pieces
    deferred: Message | None = None


class _FilePieces(Pieces):
    """The pieces of a file that a service sends.

    `first` is the first piece, None if there is none.
    """

    def __init__(self, loop: LoopThread, call: Any, first: Any, ended: Callable[[], None]) -> None:
        self._loop = loop
        self._call = call
        self._first = [first]
        self._ended = ended

    async def next(self) -> bytes | None:
        """Return the next piece, or None at the end."""
        if self._first:
            message = self._first.pop()
        else:
            message = await asyncio.wrap_future(self._loop.start(_read(self._call)))
        return None if message is None else bytes(message.data)

    def close(self) -> None:
        """Stop receiving the file from the service."""
        self._loop.loop.call_soon_threadsafe(self._call.cancel)
        self._ended()


class Backends:
    """Calls the methods behind the routes, in this process or in other services.

    Args:
        loop: The event loop that makes the calls.
        database: The gateway's database, to look up the users whose ids are in a request.
        rpc: Calls other services.
        channels: The channel to the service of each domain, such as ``billing``.
        servicers: The services that the gateway implements itself, keyed by full name.
    """

    def __init__(
        self,
        loop: LoopThread,
        database: Database,
        rpc: RpcClient,
        channels: Mapping[str, grpc.aio.Channel],
        servicers: Mapping[str, object],
    ) -> None:
        self._loop = loop
        self._database = database
        self._rpc = rpc
        self._channels = channels
        self._servicers = servicers
        self._stubs: dict[str, Any] = {}
        self._busy = BusyMethods()
        self._names = Names(database, rpc, channels)

    def call(self, method: Method, message: Message) -> Message:
        """Call a method, and return its response.

        Raises:
            Busy: A lock blocks this method for the organisation, and another request already waits.
            DomainError: The error of the method, or of ``require_members`` and
                ``fill_organisations``.
        """
        seconds = method.call_seconds + _MARGIN_SECONDS
        org_id = identity.current().org_id
        if org_id is None:
            return self._loop.run(self._call(method, message), seconds)
        with self._busy.attempt((org_id, method.rpc_path)):
            return self._loop.run(self._call(method, message), seconds)

    def upload(self, method: Method, messages: Iterable[Message]) -> Message:
        """Send a stream of messages, and return the response.

        The service may respond before all messages are sent.

        Raises the same errors as `call`.
        """
        call = self._loop.run(self._start(method))
        try:
            for message in messages:
                if not self._loop.run(_write(call, message), _TRANSFER_SECONDS):
                    break
            return self._loop.run(_finish(call), _TRANSFER_SECONDS + _MARGIN_SECONDS)
        except BaseException:
            self._cancel(call)
            raise

    def download(self, method: Method, message: Message, ended: Callable[[], None]) -> Download:
        """Request a file, and return it when its first piece has arrived.

        Closing the file's pieces calls `ended`. Raises the same errors as `call`.
        """
        call = self._loop.run(self._start(method, message))
        first = self._loop.run(_read(call), _TRANSFER_SECONDS)
        content_type = first.content_type if first else "application/octet-stream"
        pieces = _FilePieces(self._loop, call, first, ended)
        return Download(content_type, pieces, _deferred(method, first))

    async def _call(self, method: Method, message: Message) -> Message:
        try:
            return await self._call_once(method, message)
        except SQLAlchemyError as error:
            if is_busy(error):
                raise Busy from error
            raise

    async def _call_once(self, method: Method, message: Message) -> Message:
        await require_members(self._database, method, message)
        await fill_organisations(self._database, method, message)
        answer = await self._answer(method, message)
        everywhere = method.access.caller == access_pb2.CALLER_PLATFORM_ADMIN
        sends = method.access.rate_class == access_pb2.RATE_CLASS_SEND
        if not method.is_public:
            await self._names.fill(answer, everywhere=everywhere, users_only=everywhere or sends)
        return answer

    async def _answer(self, method: Method, message: Message) -> Message:
        servicer = self._servicers.get(method.descriptor.containing_service.full_name)
        if servicer is not None:
            with identity.acting_as(_served_as(method)):
                answer: Message = await getattr(servicer, method.descriptor.name)(message, None)
            return answer
        # The channel itself retries safe methods.
        attempts = 1 if rules_of(method.rpc_path).safe_to_retry else CONNECT_ATTEMPTS
        return await self._rpc.call(self._stub(method), message, method.call_seconds, attempts)

    async def _start(self, method: Method, *request: Message) -> Any:
        servicer = self._servicers.get(method.descriptor.containing_service.full_name)
        if servicer is not None:
            return LocalStream(getattr(servicer, method.descriptor.name)(*request, None))
        return self._stub(method)(
            *request,
            timeout=_TRANSFER_SECONDS,
            metadata=self._rpc.metadata(target_of(method.rpc_path)),
        )

    def _cancel(self, call: Any) -> None:
        self._loop.loop.call_soon_threadsafe(call.cancel)

    def _stub(self, method: Method) -> Any:
        stub = self._stubs.get(method.rpc_path)
        if stub is None:
            channel = self._channels[method.domain]
            kind = (
                channel.stream_unary
                if method.uploads
                else channel.unary_stream
                if method.downloads
                else channel.unary_unary
            )
            made = kind(
                method.rpc_path,
                request_serializer=method.request_class.SerializeToString,
                response_deserializer=method.response_class.FromString,
            )
            # A service that can't be reached must not block threads that serve other services.
            stub = self._stubs[method.rpc_path] = partial(made, wait_for_ready=False)
        return stub


def _served_as(method: Method) -> Identity:
    """Return the caller of a method that the gateway implements itself.

    Users, sessions and keys belong to the live organisation, also in test mode.
    """
    caller = identity.current()
    return caller.in_live_mode() if method.domain == _IDENTITY else caller


def _deferred(method: Method, first: Any) -> Message | None:
    """Return the message that a download's first piece contains instead of a file, if any."""
    if first is None or not first.extensions or method.deferred_type is None:
        return None
    message = GetMessageClass(method.deferred_type)()
    first.extensions[0].Unpack(message)
    return message


async def _write(call: Any, message: Message) -> bool:
    """Send a message of an upload. Returns False if the service has already responded."""
    try:
        await call.write(message)
    except (grpc.aio.AioRpcError, asyncio.InvalidStateError):
        return False
    return True


async def _finish(call: Any) -> Message:
    try:
        await call.done_writing()
        answer: Message = await call
    except grpc.aio.AioRpcError as error:
        raise failure_of_call(error, "upload") from error
    return answer


async def _read(call: Any) -> Any:
    """Return the next piece of a file, or None if there are no more pieces."""
    try:
        message = await call.read()
    except grpc.aio.AioRpcError as error:
        raise failure_of_call(error, "download") from error
    return None if message is grpc.aio.EOF else message
