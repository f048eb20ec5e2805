"""Serve a REST route for each public method of the contract, always in the same steps.

The steps: authenticate, count and authorise the request, read it, call the method, and write the
response.
"""

import hashlib
import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar
from uuid import UUID

import orjson
from flask import Flask, Request, Response, g, request
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.message import Message

from servicekit.api_json.writing import writer_for
from servicekit.errors import CrossOrgAccess, DomainError
from servicekit.identity import GATEWAY, Identity, acting_as, current
from servicekit.problems import PROBLEM_TYPE, problem_body
from servicekit.rpc.access import check_access
from servicekit.telemetry.context import request_id
from services.gateway.domain import clients, networks
from services.gateway.domain.clients import Client
from services.gateway.domain.networks import calling_from, network_of
from services.gateway.http.authentication import Authenticated, Authentication
from services.gateway.http.backends import Backends
from services.gateway.http.contract import Method
from services.gateway.http.deprecations import UsedDeprecations
from services.gateway.http.idempotency import (
    REPLAYED,
    IdempotentRequests,
    KeyedRequest,
    key_of,
)
from services.gateway.http.key_scopes import check_scopes
from services.gateway.http.locations import location_of, location_template
from services.gateway.http.problems import RateLimited
from services.gateway.http.rate_limit import RateLimits, client_address
from services.gateway.http.request_log import named_fields
from services.gateway.http.request_reader import RequestReader
from services.gateway.http.security_log import SecurityLog
from services.gateway.http.session_cookies import SessionCookies
from services.gateway.http.transfers import Transfers
from services.gateway.http.uploads import Upload, upload_of
from services.gateway.http.versions import ETAG, etag_of
from services.gateway.settings import GatewaySettings
from services.gateway.storage.idempotency import StoredResponse
from smsblaster.identity.v1 import auth_pb2

Result = TypeVar("Result")

_BLOCK = 64 * 1024
_ANONYMOUS = Identity(GATEWAY)


@dataclass(frozen=True, slots=True)
class RouteParts:
    """The parts that a route needs. `rate_limits` is None if limits are off."""

    settings: GatewaySettings
    authentication: Authentication
    rate_limits: RateLimits | None
    idempotency: IdempotentRequests
    backends: Backends
    security_log: SecurityLog
    cookies: SessionCookies
    transfers: Transfers


def add_routes(app: Flask, methods: tuple[Method, ...], parts: RouteParts) -> None:
    """Add a route for every method."""
    for method in methods:
        app.add_url_rule(
            method.path.replace("{", "<").replace("}", ">"),
            endpoint=method.name,
            view_func=_Route(method, parts).serve,
            methods=[method.verb],
            provide_automatic_options=False,
        )


class _Route:
    """Serves the route of one method."""

    def __init__(self, method: Method, parts: RouteParts) -> None:
        self._method = method
        self._parts = parts
        self._reader = RequestReader(method)
        self._writer = None if method.downloads else writer_for(method.descriptor.output_type)
        deferred = method.deferred_type
        self._deferred_writer = writer_for(deferred) if deferred else None
        self._location = location_template(method)
        self._deprecations = UsedDeprecations(method)

    def serve(self, **_: str) -> Response:
        """Serve a request. Its path variables are read with the rest of the request."""
        g.deprecation_headers = self._deprecations.headers()
        address = client_address(request, self._parts.settings.trusted_proxies)
        network = network_of(address)
        g.method, g.client_address = self._method, address
        if self._method.is_public:
            g.address = address
        found = self._authorise(network)
        client = _client(address, found)
        identity = found.identity if found else _ANONYMOUS
        with acting_as(identity), calling_from(network), clients.serving(client):
            if self._method.uploads:
                return self._serve_upload()
            return self._serve_call()

    def _authorise(self, network: str) -> Authenticated | None:
        """Return the caller if the request is allowed, or None on a public route."""
        access = self._method.access
        if self._parts.rate_limits is not None:
            self._parts.rate_limits.spend_address(network)
        found = None
        try:
            if not self._method.is_public:
                found = self._parts.authentication.identify(request)
                g.api_key_id = found.api_key_id if found else None
        finally:
            # A request with an invalid token counts for its network.
            self._spend(found.identity if found else None, network)
        check_access(access, found.identity if found else None)
        if found is None:
            return None
        found.require_usable(access)
        check_scopes(access, found.scopes)
        return found

    def _spend(self, identity: Identity | None, network: str) -> None:
        """Count the request for the caller's rate limit. Raises `RateLimited`."""
        g.identity = identity
        limits = self._parts.rate_limits
        if limits is None:
            return
        caller = _budget_owner(identity) if identity else network
        g.budget, within = limits.spend(self._method.access.rate_class, caller)
        if not within:
            raise RateLimited(g.budget.reset)

    def _serve_call(self) -> Response:
        body = _whole_body(request)
        message = self._reader.read(request, body)
        g.deprecation_headers = self._deprecations.headers(message)
        g.fields = named_fields(message)
        if self._method.is_public:
            self._parts.cookies.fill(request, message)
        if self._method.downloads:
            return self._download(message)
        fingerprint = _fingerprint(request, body)
        work = partial(self._storable, lambda: self._parts.backends.call(self._method, message))
        return self._once(KeyedRequest(lambda: fingerprint, fingerprint, work))

    def _serve_upload(self) -> Response:
        ended = self._parts.transfers.begin(_caller())
        try:
            return self._receive_upload()
        finally:
            ended()

    def _receive_upload(self) -> Response:
        request.max_content_length = self._parts.settings.upload_limit_bytes
        upload = upload_of(request)
        first = self._reader.read_form(request, upload.fields())
        g.deprecation_headers = self._deprecations.headers(first)
        g.fields = named_fields(first)
        messages = self._messages(first, upload)
        work = partial(self._storable, lambda: self._parts.backends.upload(self._method, messages))
        return self._once(KeyedRequest(upload.fingerprint, None, work))

    def _messages(self, first: Message, upload: Upload) -> Iterator[Message]:
        yield first
        for chunk in upload.chunks():
            file = HttpBody(content_type=upload.content_type, data=chunk)
            yield self._method.request_class(file=file)

    def _once(self, keyed: KeyedRequest) -> Response:
        key = key_of(self._method, request)
        if key is None:
            return self._response(keyed.work())
        stored, replayed = self._parts.idempotency.serve(key, keyed)
        response = self._response(stored)
        if replayed:
            response.headers[REPLAYED] = "true"
        return response

    def _response(self, stored: StoredResponse) -> Response:
        if stored.status == 204:
            return Response(status=204)
        response = Response(stored.body, status=stored.status, content_type=stored.content_type)
        etag = g.get("etag")
        if etag:
            response.headers[ETAG] = etag
        if self._location is not None and stored.status == self._method.success_status:
            path = request.view_args or {}
            response.headers["Location"] = location_of(self._location, path, stored.body)
        return response

    def _answer(self, call: Callable[[], Message]) -> StoredResponse:
        message = self._audited(call)
        if self._method.is_public:
            self._finish_sign_in(message)
        if self._method.success_status == 204 or self._writer is None:
            return StoredResponse(204, "", b"")
        g.etag = etag_of(message)
        body = orjson.dumps(self._writer.write(message))
        return StoredResponse(self._method.success_status, "application/json", body)

    def _finish_sign_in(self, message: Message) -> None:
        """Set or delete the session's cookie, and log who has signed in."""
        if isinstance(message, auth_pb2.LogoutResponse):
            self._parts.cookies.delete(request)
        if isinstance(message, auth_pb2.Session | auth_pb2.SignInResponse):
            if message.HasField("user"):
                g.signed_in = message.user
            self._parts.cookies.take(request, message)

    def _storable(self, call: Callable[[], Message]) -> StoredResponse:
        """Return the response to store, even if it is a problem. Raises temporary errors."""
        try:
            return self._answer(call)
        except DomainError as error:
            if error.http_status >= 500 or error.http_status == 429:
                raise
            body = orjson.dumps(problem_body(error, request_id()))
            return StoredResponse(error.http_status, PROBLEM_TYPE, body)

    def _download(self, message: Message) -> Response:
        ended = self._parts.transfers.begin(_caller())
        try:
            download = self._audited(
                lambda: self._parts.backends.download(self._method, message, ended)
            )
        except BaseException:
            ended()
            raise
        if download.deferred is not None and self._deferred_writer is not None:
            download.pieces.close()
            body = self._deferred_writer.write(download.deferred)
            return Response(orjson.dumps(body), status=202, content_type="application/json")
        name = "-".join(part for part in self._method.path.split("/")[2:] if part[0] != "{")
        extension = mimetypes.guess_extension(download.content_type.partition(";")[0]) or ""
        return Response(
            download.pieces,  # type: ignore[arg-type]  # the server takes them as they are
            direct_passthrough=True,
            content_type=download.content_type,
            headers={"Content-Disposition": f'attachment; filename="{name}{extension}"'},
        )

    def _audited(self, call: Callable[[], Result]) -> Result:
        """Return the result of `call`.

        Also record a call that tried to access another organisation.
        """
        try:
            return call()
        except CrossOrgAccess:
            self._parts.security_log.record_cross_org_access(self._method, request)
            raise


def _client(address: str, found: Authenticated | None) -> Client:
    name = clients.readable_name(request.headers.get("User-Agent", ""))
    if found is None:
        return Client(address, name)
    return Client(address, name, found.session_id, found.identity.is_test)


def _budget_owner(identity: Identity) -> str:
    """Return the owner of a request's rate limit: the user, separately for live and test mode."""
    return f"{identity.user_id}{' test' if identity.is_test else ''}"


def _caller() -> UUID | str:
    """Return whose transfers are counted: the user, or the network if there is no user."""
    return current().user_id or networks.current()


def _whole_body(received: Request) -> bytes:
    """Return the body.

    It is read in blocks, because only reading past the limit of its size raises an error.
    """
    return b"".join(iter(lambda: received.stream.read(_BLOCK), b""))


def _fingerprint(received: Request, body: bytes) -> bytes:
    return hashlib.sha256(received.path.encode() + b"\0" + body).digest()
