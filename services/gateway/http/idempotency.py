"""Support ``Idempotency-Key``: requests with the same key and body run once, with one response.

A key belongs to the caller and a route. It is ignored on public routes, which have no caller, and
on routes whose response contains a secret, which is never stored.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

import structlog
from flask import Request

from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput, Unavailable
from servicekit.identity import current
from servicekit.operation import operating
from servicekit.web.loop_thread import LoopThread
from services.gateway.http.contract import Method
from services.gateway.http.problems import RequestInProgress
from services.gateway.storage import idempotency
from services.gateway.storage.idempotency import (
    DATABASE_UNAVAILABLE,
    Claim,
    IdempotencyKey,
    KeyState,
    StoredResponse,
)

log = structlog.get_logger()

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_RELEASE_PAUSE_SECONDS = 1.0
# Three times before the claim counts as lost.
_RENEW_SECONDS = 9.0
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def key_of(method: Method, request: Request) -> IdempotencyKey | None:
    """Return the key of `request`, or None without one. Raises `InvalidInput`."""
    key = request.headers.get(HEADER)
    if key is None or method.verb != "POST":
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput.of(HEADER, "must be 1 to 255 printable ASCII characters")
    if method.is_public or method.answers_secret:
        return None
    caller = current()
    return IdempotencyKey(caller.require_org(), caller.require_user(), method.path, key)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key.

    Attributes:
        fingerprint: Returns a hash of the request after it was read to its end.
        known_fingerprint: The same hash if it is known before the work; None for an upload.
        work: Serves the request.
    """

    fingerprint: Callable[[], bytes]
    known_fingerprint: bytes | None
    work: Callable[[], StoredResponse]


class IdempotentRequests:
    """Serve each request with a key once."""

    def __init__(self, loop: LoopThread, database: Database) -> None:
        self._loop = loop
        self._database = database
        self._releasing: set[asyncio.Task[None]] = set()
        self._renewing: dict[UUID, asyncio.Task[None]] = {}

    def serve(self, key: IdempotencyKey, request: KeyedRequest) -> tuple[StoredResponse, bool]:
        """Serve a request, or return its stored response.

        Errors are not stored: the request may be sent again, with the same operation id.

        Returns:
            The response, and whether it was stored before.

        Raises:
            Conflict: Another request has used this key.
            RequestInProgress: The first request with this key is still being served.
        """
        claim, state = self._loop.run(self._begin(key, request.known_fingerprint))
        if claim is None:
            return _replayed(state, request), True
        try:
            with operating(claim.operation_id):
                response = request.work()
            fingerprint = request.fingerprint()
        except BaseException:
            self._loop.run(self._release_or_retry(key, claim))
            raise
        finally:
            self._loop.loop.call_soon_threadsafe(self._renewing.pop(claim.claim_id).cancel)
        self._store_response(key, claim, fingerprint, response)
        return response, False

    def _store_response(
        self, key: IdempotencyKey, claim: Claim, fingerprint: bytes, response: StoredResponse
    ) -> None:
        """Store the response. A failure is only logged: the request itself has succeeded."""
        try:
            self._loop.run(self._store(key, claim, fingerprint, response))
        except (*DATABASE_UNAVAILABLE, Unavailable) as error:
            log.warning("idempotent_answer_not_kept", error=repr(error))

    async def _begin(
        self, key: IdempotencyKey, fingerprint: bytes | None
    ) -> tuple[Claim | None, KeyState | None]:
        async with self._database.org(key.org_id) as connection:
            claim = await idempotency.claim(connection, key, fingerprint)
            state = None if claim else await idempotency.state_of(connection, key)
        if claim is not None:
            renewing = asyncio.create_task(self._renew(key, claim), name="renew")
            self._renewing[claim.claim_id] = renewing
        return claim, state

    async def _renew(self, key: IdempotencyKey, claim: Claim) -> None:
        """Renew the claim until cancelled, so that it does not count as lost."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(*DATABASE_UNAVAILABLE):
                async with self._database.org(key.org_id) as connection:
                    await idempotency.renew(connection, key.org_id, claim.claim_id)

    async def _store(
        self, key: IdempotencyKey, claim: Claim, fingerprint: bytes, response: StoredResponse
    ) -> None:
        async with self._database.org(key.org_id) as connection:
            await idempotency.store_response(
                connection, key.org_id, claim.claim_id, fingerprint, response
            )

    async def _release_or_retry(self, key: IdempotencyKey, claim: Claim) -> None:
        """Release the claim; while the database can't be reached, try again later."""
        try:
            await self._release(key, claim)
        except DATABASE_UNAVAILABLE as error:
            log.warning("idempotency_key_not_released", error=repr(error))
            task = asyncio.create_task(self._release_later(key, claim), name="release")
            self._releasing.add(task)
            task.add_done_callback(self._releasing.discard)

    async def _release_later(self, key: IdempotencyKey, claim: Claim) -> None:
        """Try to release the claim until it counts as lost anyway."""
        loop = asyncio.get_running_loop()
        lost_at = loop.time() + idempotency.LOST_AFTER.total_seconds()
        while loop.time() < lost_at:
            await asyncio.sleep(_RELEASE_PAUSE_SECONDS)
            with suppress(*DATABASE_UNAVAILABLE):
                await self._release(key, claim)
                return

    async def _release(self, key: IdempotencyKey, claim: Claim) -> None:
        async with self._database.org(key.org_id) as connection:
            await idempotency.release(connection, key.org_id, claim.claim_id)


def _replayed(state: KeyState | None, request: KeyedRequest) -> StoredResponse:
    if state is None or state.fingerprint is None:
        raise RequestInProgress
    if state.fingerprint != request.fingerprint():
        raise Conflict(
            "This Idempotency-Key was already used for another request.",
            code="idempotency_key_reused",
        )
    if state.response is None:
        raise RequestInProgress
    return state.response
