"""``Idempotency-Key``: the same key and body get the same answer, and run once.

A key is the caller's own for one route. It is ignored on routes that are open to everybody: they
have no caller to keep it for, and their answers hold tokens, which are never stored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from flask import Request

from servicekit.db.database import Database
from servicekit.edge import LoopThread
from servicekit.errors import Conflict, InvalidInput
from servicekit.identity import current
from services.gateway.http.contract import Method
from services.gateway.http.problems import RequestInProgress
from services.gateway.storage import idempotency
from services.gateway.storage.idempotency import KeyScope, StoredAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered with."""

    status: int
    content_type: str
    body: bytes


def scope_of(method: Method, request: Request) -> KeyScope | None:
    """The key that ``request`` carries; None where it has none. Raises ``InvalidInput``."""
    key = request.headers.get(HEADER)
    if key is None or method.verb != "POST":
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput.of(HEADER, "must be 1 to 255 printable ASCII characters")
    if method.is_public:
        return None
    caller = current()
    return KeyScope(caller.require_org(), caller.require_user(), method.path, key)


class IdempotentRequests:
    """Serves requests with a key, each once."""

    def __init__(self, loop: LoopThread, database: Database) -> None:
        self._loop = loop
        self._database = database

    def serve(
        self, scope: KeyScope, fingerprint: Callable[[], bytes], work: Callable[[], Answer]
    ) -> tuple[Answer, bool]:
        """Do ``work``, or give the answer that it had before; whether it was before.

        What ``work`` raises is not kept: the request may be sent again.

        ``fingerprint`` tells one request body from another; it is asked once the work is done, or
        instead of it. Raises ``Conflict`` for another body under the same key and
        ``RequestInProgress`` while the first request is being served.
        """
        claim_id, stored = self._loop.run(self._begin(scope))
        if stored is not None:
            return _replayed(stored, fingerprint()), True
        if claim_id is None:
            raise RequestInProgress
        try:
            answer = work()
        except BaseException:
            self._loop.run(self._end(scope.org_id, claim_id, None))
            raise
        to_store = StoredAnswer(fingerprint(), answer.status, answer.content_type, answer.body)
        self._loop.run(self._end(scope.org_id, claim_id, to_store))
        return answer, False

    async def _begin(self, scope: KeyScope) -> tuple[UUID | None, StoredAnswer | None]:
        async with self._database.org(scope.org_id) as connection:
            claim_id = await idempotency.claim(connection, scope)
            if claim_id is not None:
                return claim_id, None
            return None, await idempotency.stored(connection, scope)

    async def _end(self, org_id: UUID, claim_id: UUID, stored: StoredAnswer | None) -> None:
        async with self._database.org(org_id) as connection:
            if stored is None:
                await idempotency.release(connection, org_id, claim_id)
            else:
                await idempotency.keep(connection, org_id, claim_id, stored)


def _replayed(stored: StoredAnswer, fingerprint: bytes) -> Answer:
    if stored.fingerprint != fingerprint:
        raise Conflict(
            "This Idempotency-Key was used with another request.", code="idempotency_key_reused"
        )
    return Answer(stored.status, stored.content_type, stored.body)
