"""Claim idempotency keys for requests, and store their responses."""

import asyncio
from contextlib import suppress
from uuid import UUID

import structlog

from servicekit.db.database import Database
from services.gateway.storage import idempotency
from services.gateway.storage.idempotency import (
    DATABASE_UNAVAILABLE,
    Claim,
    IdempotencyKey,
    KeyState,
    StoredResponse,
)

log = structlog.get_logger()

_RELEASE_PAUSE_SECONDS = 1.0
# Renewed three times before the claim would count as lost.
_RENEW_SECONDS = 9.0


class IdempotencyKeys:
    """Claims and releases idempotency keys. Use it on one event loop only."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._releasing: set[asyncio.Task[None]] = set()
        self._renewing: dict[UUID, asyncio.Task[None]] = {}

    async def claim(
        self, key: IdempotencyKey, fingerprint: bytes | None
    ) -> tuple[Claim | None, KeyState | None]:
        """Claim a key for a request, and renew the claim until `stop_renewing` is called.

        Returns:
            The claim, or None and the state of the key if another request has it.
        """
        async with self._database.org(key.org_id) as connection:
            claim = await idempotency.claim(connection, key, fingerprint)
            state = None if claim else await idempotency.state_of(connection, key)
        if claim is not None:
            renewing = asyncio.create_task(self._renew(key, claim), name="renew")
            self._renewing[claim.claim_id] = renewing
        return claim, state

    def stop_renewing(self, claim: Claim) -> None:
        """Stop renewing a claim whose request has ended."""
        self._renewing.pop(claim.claim_id).cancel()

    async def store_response(
        self, key: IdempotencyKey, claim: Claim, fingerprint: bytes, response: StoredResponse
    ) -> None:
        """Store the response, unless another request has claimed the key since."""
        async with self._database.org(key.org_id) as connection:
            await idempotency.store_response(
                connection, key.org_id, claim.claim_id, fingerprint, response
            )

    async def release(self, key: IdempotencyKey, claim: Claim) -> None:
        """Release the claim, so that the client can repeat the request.

        While the database can't be reached, try again later.
        """
        try:
            await self._release(key, claim)
        except DATABASE_UNAVAILABLE as error:
            log.warning("idempotency_key_not_released", error=repr(error))
            task = asyncio.create_task(self._release_later(key, claim), name="release")
            self._releasing.add(task)
            task.add_done_callback(self._releasing.discard)

    async def _renew(self, key: IdempotencyKey, claim: Claim) -> None:
        while True:
            await asyncio.sleep(_RENEW_SECONDS)
            with suppress(*DATABASE_UNAVAILABLE):
                async with self._database.org(key.org_id) as connection:
                    await idempotency.renew(connection, key.org_id, claim.claim_id)

    async def _release_later(self, key: IdempotencyKey, claim: Claim) -> None:
        """Try to release the claim until the claim has expired anyway."""
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
