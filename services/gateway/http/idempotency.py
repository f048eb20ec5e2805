"""``Idempotency-Key``: the same key and body get the same answer, and run once.

A key is the caller's own for one route. It is ignored on routes that are open to everybody, which
have no caller to keep it for, and on those that answer secrets, which are never stored.
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
from services.gateway.storage.failures import DATABASE_AWAY
from services.gateway.storage.idempotency import Answer, Claim, KeyScope, KeyState

log = structlog.get_logger()

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_RELEASE_PAUSE_SECONDS = 1.0
# Three times before the key counts as lost.
_RENEW_SECONDS = 9.0
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def scope_of(method: Method, request: Request) -> KeyScope | None:
    """The key that ``request`` carries; None where it has none. Raises ``InvalidInput``."""
    key = request.headers.get(HEADER)
    if key is None or method.verb != "POST":
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput.of(HEADER, "must be 1 to 255 printable ASCII characters")
    if method.is_public or method.answers_secret:
        return None
    caller = current()
    return KeyScope(caller.require_org(), caller.require_user(), method.path, key)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request with a key. ``fingerprint`` tells it from another, once it has all been read;
    ``known_fingerprint`` is the same where it is known before the work, which is not so for an
    upload."""

    fingerprint: Callable[[], bytes]
    known_fingerprint: bytes | None
    work: Callable[[], Answer]


class IdempotentRequests:
    """Serves requests with a key, each once."""

    def __init__(self, loop: LoopThread, database: Database) -> None:
        self._loop = loop
        self._database = database
        self._releasing: set[asyncio.Task[None]] = set()
        self._renewing: dict[UUID, asyncio.Task[None]] = {}

    def serve(self, scope: KeyScope, request: KeyedRequest) -> tuple[Answer, bool]:
        """Do the work of ``request``, or give the answer it had before; whether it was before.

        What the work raises is not kept: the request may be sent again, and is then the same
        operation to the services. Raises ``Conflict`` for another request under the same key and
        ``RequestInProgress`` while the first one is being served.
        """
        claim, state = self._loop.run(self._begin(scope, request.known_fingerprint))
        if claim is None:
            return _replayed(state, request), True
        try:
            with operating(claim.operation_id):
                answer = request.work()
            fingerprint = request.fingerprint()
        except BaseException:
            self._loop.run(self._give_back(scope, claim))
            raise
        finally:
            self._loop.loop.call_soon_threadsafe(self._renewing.pop(claim.claim_id).cancel)
        self._keep(scope, claim, fingerprint, answer)
        return answer, False

    def _keep(self, scope: KeyScope, claim: Claim, fingerprint: bytes, answer: Answer) -> None:
        """Keep ``answer``; what was done is answered even where that fails."""
        try:
            self._loop.run(self._store(scope, claim, fingerprint, answer))
        except (*DATABASE_AWAY, Unavailable) as error:
            log.warning("idempotent_answer_not_kept", error=repr(error))

    async def _begin(
        self, scope: KeyScope, fingerprint: bytes | None
    ) -> tuple[Claim | None, KeyState | None]:
        async with self._database.org(scope.org_id) as connection:
            claim = await idempotency.claim(connection, scope, fingerprint)
            state = None if claim else await idempotency.state_of(connection, scope)
        if claim is not None:
            renewing = asyncio.create_task(self._renew(scope, claim), name="renew")
            self._renewing[claim.claim_id] = renewing
        return claim, state

    async def _renew(self, scope: KeyScope, claim: Claim) -> None:
        """Say again and again that the request is being served: only a lost one may be repeated."""
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(*DATABASE_AWAY):
                async with self._database.org(scope.org_id) as connection:
                    await idempotency.renew(connection, scope.org_id, claim.claim_id)

    async def _store(
        self, scope: KeyScope, claim: Claim, fingerprint: bytes, answer: Answer
    ) -> None:
        async with self._database.org(scope.org_id) as connection:
            await idempotency.keep(connection, scope.org_id, claim.claim_id, fingerprint, answer)

    async def _give_back(self, scope: KeyScope, claim: Claim) -> None:
        """Give the key back; while the database is away, later on."""
        try:
            await self._release(scope, claim)
        except DATABASE_AWAY as error:
            log.warning("idempotency_key_not_released", error=repr(error))
            task = asyncio.create_task(self._release_later(scope, claim), name="release")
            self._releasing.add(task)
            task.add_done_callback(self._releasing.discard)

    async def _release_later(self, scope: KeyScope, claim: Claim) -> None:
        """Try to give the key back until it would be lost anyway."""
        loop = asyncio.get_running_loop()
        lost_at = loop.time() + idempotency.LOST_AFTER.total_seconds()
        while loop.time() < lost_at:
            await asyncio.sleep(_RELEASE_PAUSE_SECONDS)
            with suppress(*DATABASE_AWAY):
                await self._release(scope, claim)
                return

    async def _release(self, scope: KeyScope, claim: Claim) -> None:
        async with self._database.org(scope.org_id) as connection:
            await idempotency.release(connection, scope.org_id, claim.claim_id)


def _replayed(state: KeyState | None, request: KeyedRequest) -> Answer:
    if state is None or state.fingerprint is None:
        raise RequestInProgress
    if state.fingerprint != request.fingerprint():
        raise Conflict(
            "This Idempotency-Key was used with another request.", code="idempotency_key_reused"
        )
    if state.answer is None:
        raise RequestInProgress
    return state.answer
