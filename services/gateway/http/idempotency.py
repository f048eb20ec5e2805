"""Serve requests with the same ``Idempotency-Key`` and body once, with one response for all.

A key belongs to the caller and a route. The key is ignored on public routes, which have no caller,
and on routes whose response contains a secret, which is never stored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from flask import Request

from servicekit.errors import Conflict, InvalidInput, Unavailable
from servicekit.identity import current
from servicekit.operation import operating
from servicekit.web.loop_thread import LoopThread
from services.gateway.http.contract import Method
from services.gateway.http.problems import RequestInProgress
from services.gateway.storage.idempotency import (
    DATABASE_UNAVAILABLE,
    IdempotencyKey,
    KeyState,
    StoredResponse,
)
from services.gateway.usecases.idempotency_keys import IdempotencyKeys

log = structlog.get_logger()

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def key_of(method: Method, request: Request) -> IdempotencyKey | None:
    """Return the key of `request`, or None if it has no key. Raises `InvalidInput`."""
    key = request.headers.get(HEADER)
    if key is None or method.verb != "POST":
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput.of(HEADER, "must be 1 to 255 printable ASCII characters")
    if not _uses_key(method):
        return None
    caller = current()
    # The same key may be used in both modes: a test must not answer for a real text.
    route = f"test {method.path}" if caller.is_test else method.path
    return IdempotencyKey(caller.require_org(), caller.require_user(), route, key)


def used_key(method: Method, request: Request) -> str | None:
    """Return the key of `request` as it was sent, None if it has none that is valid and used."""
    key = request.headers.get(HEADER)
    return key if key and _uses_key(method) and _KEY.fullmatch(key) else None


def _uses_key(method: Method) -> bool:
    return method.verb == "POST" and not method.is_public and not method.answers_secret


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with an idempotency key.

    Attributes:
        fingerprint: Returns a hash of the request, after the request was read to its end.
        known_fingerprint: The same hash, already known before `work` runs. None for an upload,
            which is not read yet.
        work: Serves the request.
    """

    fingerprint: Callable[[], bytes]
    known_fingerprint: bytes | None
    work: Callable[[], StoredResponse]


class IdempotentRequests:
    """Serve each request with an idempotency key only once."""

    def __init__(self, loop: LoopThread, keys: IdempotencyKeys) -> None:
        self._loop = loop
        self._keys = keys

    def serve(self, key: IdempotencyKey, request: KeyedRequest) -> tuple[StoredResponse, bool]:
        """Serve a request, or return its stored response.

        A temporary error is not stored, so the client may send the request again. It then has the
        same operation id.

        Returns:
            The response, and whether it was stored before.

        Raises:
            Conflict: Another request has used this key.
            RequestInProgress: The first request with this key is still being served.
        """
        claim, state = self._loop.run(self._keys.claim(key, request.known_fingerprint))
        if claim is None:
            return _replayed(state, request), True
        try:
            with operating(claim.operation_id):
                response = request.work()
            fingerprint = request.fingerprint()
        except BaseException:
            self._loop.run(self._keys.release(key, claim))
            raise
        finally:
            self._loop.loop.call_soon_threadsafe(self._keys.stop_renewing, claim)
        try:
            self._loop.run(self._keys.store_response(key, claim, fingerprint, response))
        except (*DATABASE_UNAVAILABLE, Unavailable) as error:
            # The request has succeeded, so it is answered although its response is not stored.
            log.warning("idempotent_answer_not_kept", error=repr(error))
        return response, False


def _replayed(state: KeyState | None, request: KeyedRequest) -> StoredResponse:
    if state is None or state.fingerprint is None:
        raise RequestInProgress
    if state.fingerprint != request.fingerprint():
        raise Conflict(
            "This Idempotency-Key was already used for another request. Use a new key.",
            code="idempotency_key_reused",
        )
    if state.response is None:
        raise RequestInProgress
    return state.response
