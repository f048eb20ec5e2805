"""Handle a request: apply faults, run the handler, store request and changes, then respond."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import orjson
from aiohttp import web

from simulator.clock import http_date, now_ms
from simulator.exchanges import Exchange, Exchanges
from simulator.faults import Fault, Faults
from simulator.forms import Form, recordable
from simulator.store import Store, Write

INSERT_REQUEST = (
    "INSERT INTO requests (id, at, host, method, path, params, account_sid, status) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class Reply:
    """A response before it is sent.

    Attributes:
        status: HTTP status.
        body: The bytes of the answer.
        content_type: The media type of the body.
        headers: Further headers that the provider sends.
    """

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """Return the reply as a response object of the HTTP server."""
        headers = {"Content-Type": self.content_type, "Date": http_date(), **self.headers}
        return web.Response(body=self.body, status=self.status, headers=headers)


def json_reply(value: object, status: int = 200) -> Reply:
    """Return a reply with a JSON body."""
    return Reply(status, orjson.dumps(value))


@dataclass(slots=True)
class Call:
    """One request while a handler works on it.

    A handler changes the objects in memory and appends the database writes to `writes`. They are
    committed together with the stored request, before the answer is sent.

    Attributes:
        id: Row id under which the request is stored.
        method: HTTP method.
        host: The provider's host: the first segment of the path.
        path: The path on that host.
        match: Variable parts of the path.
        query: Parameters after the question mark.
        form: Parameters of a form body; empty for other media types.
        body: The raw body.
        headers: Request headers. Their names are compared without case.
        base_url: `http://host:port` that the client used for the simulator.
        account_sid: The account that makes the request, once that is known.
        writes: The database writes to commit.
        after_commit: Functions that run after the commit.
        before_answer: Awaited between commit and answer.
        on_done: Functions that run when the request ends, even after an error.
    """

    id: int
    method: str
    host: str
    path: str
    match: Mapping[str, str]
    query: Form
    form: Form
    body: bytes
    headers: Mapping[str, str]
    base_url: str
    account_sid: str = ""
    writes: list[Write] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    before_answer: list[Callable[[], Awaitable[None]]] = field(default_factory=list)
    on_done: list[Callable[[], None]] = field(default_factory=list)


Handler = Callable[[Call], Reply]
AsyncHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ProviderError(Exception):
    """An error response of a provider, raised by a handler.

    Args:
        refusal: The error response.
    """

    def __init__(self, refusal: Reply) -> None:
        super().__init__(refusal.status)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint of a provider: method, path with `{variables}`, handler."""

    method: str
    path: str
    handler: Handler


@dataclass(frozen=True, slots=True)
class Edge:
    """Serves the requests to one provider.

    Attributes:
        provider: Name of the provider, by which faults are selected.
        error_reply: Makes the provider's answer for an HTTP error status.
        store: The database. Every request is stored there, together with the changes that it made.
        faults: The faults that are set.
        exchanges: Keeps requests with their answers.
    """

    provider: str
    error_reply: Callable[[int], Reply]
    store: Store
    faults: Faults
    exchanges: Exchanges

    def endpoint(self, route: Route) -> AsyncHandler:
        """Return an HTTP handler that applies the faults and runs the route's handler."""

        async def serve(request: web.Request) -> web.StreamResponse:
            call = await read_call(request, self.store.next_id("requests"))
            fault = self.faults.match(self.provider, call.method, request.path)
            if fault is not None and (fault.status is not None or fault.drop_before):
                self._keep(route, call, None)
                return await self._refuse(request, call, fault)
            try:
                reply = await self._act(route.handler, call)
                self._keep(route, call, reply)
                if fault is not None:
                    return await self._spoil(request, reply, fault)
                return reply.response()
            finally:
                for hook in call.on_done:
                    hook()

        return serve

    async def _act(self, handler: Handler, call: Call) -> Reply:
        """Run the handler, commit its changes and the request, then run `after_commit`."""
        try:
            reply = handler(call)
        except ProviderError as error:
            reply = error.refusal
            call.writes.clear()
        await self.store.commit([*call.writes, _record(call, reply.status)])
        for hook in call.after_commit:
            hook()
        for first in call.before_answer:
            await first()
        return reply

    def _keep(self, route: Route, call: Call, reply: Reply | None) -> None:
        if self.exchanges.wanted:
            self.exchanges.add(f"{route.method} {route.path}", _exchange(call, reply))

    async def _refuse(self, request: web.Request, call: Call, fault: Fault) -> web.StreamResponse:
        """Respond with the fault's error, or close the connection. The handler does not run."""
        status = 0 if fault.drop_before else (fault.status or 500)
        await self.store.commit([_record(call, status)])
        if fault.drop_before:
            return _drop(request)
        return self.error_reply(status).response()

    async def _spoil(self, request: web.Request, reply: Reply, fault: Fault) -> web.StreamResponse:
        """Respond as the fault says: delay, replace, cut off or drop the response.

        The request was carried out before.
        """
        await asyncio.sleep(self.faults.latency_s(fault) + fault.hang_s)
        if fault.accept_then_drop or fault.hang_s:
            return _drop(request)
        if fault.accept_then_500:
            return self.error_reply(500).response()
        if fault.truncate:
            return await _truncate(request, reply)
        response = reply.response()
        if fault.close_after:
            response.force_close()
        return response


async def read_call(request: web.Request, call_id: int) -> Call:
    """Read a request with its whole body."""
    body = await request.read()
    is_form = request.headers.get("Content-Type", "").startswith(FORM_TYPE)
    host, _, path = request.path[1:].partition("/")
    return Call(
        id=call_id,
        method=request.method,
        host=host,
        path="/" + path,
        match=request.match_info,
        query=Form(request.query_string),
        form=Form(body.decode("utf-8", "replace") if is_form else ""),
        body=body,
        headers=request.headers,
        base_url=f"http://{request.host}",
    )


def _exchange(call: Call, reply: Reply | None) -> Exchange:
    return Exchange(
        method=call.method,
        host=call.host,
        path=call.path,
        query=recordable(call.query.pairs),
        form=recordable(call.form.pairs),
        status=reply.status if reply else 0,
        answer=reply.body if reply else b"",
    )


def _record(call: Call, status: int) -> Write:
    if call.form.pairs or not call.body:
        params = recordable(call.query.pairs + call.form.pairs)
    else:
        params = call.body
    return (
        INSERT_REQUEST,
        (call.id, now_ms(), call.host, call.method, call.path, params, call.account_sid, status),
    )


def _drop(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _truncate(request: web.Request, reply: Reply) -> web.StreamResponse:
    response = web.StreamResponse(
        status=reply.status,
        headers={"Content-Type": reply.content_type, "Date": http_date(), **reply.headers},
    )
    response.content_length = len(reply.body)
    await response.prepare(request)
    await response.write(reply.body[: len(reply.body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
