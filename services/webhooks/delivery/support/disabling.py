"""Disable an endpoint because the platform decides so, and tell the organisation about it."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.audit import Act, record
from servicekit.notices import Notice, notify
from services.webhooks.delivery.domain.endpoints import DisabledReason, Endpoint
from services.webhooks.delivery.storage import endpoints

_WORDS: Mapping[DisabledReason, str] = {
    DisabledReason.GONE: "The webhook endpoint {url} answered 410 (gone), so it was disabled."
    " Enable it again if it should be called.",
    DisabledReason.FAILING: "All calls of the webhook endpoint {url} have failed for days, so it"
    " was disabled. Correct it, then enable it again. Events that wait are delivered then.",
}
_WARNING = (
    "All calls of the webhook endpoint {url} have failed for a day. It will be disabled unless it"
    " answers. See its deliveries for the reason."
)


async def disable(
    connection: AsyncConnection, endpoint: Endpoint, reason: DisabledReason, version: int
) -> None:
    """Disable an endpoint, tell the other services and the members, and write an audit entry.

    `version` comes from `endpoints.lock` in the same transaction.
    """
    org_id = endpoint.org_id
    await endpoints.disable(connection, org_id, endpoint.id, reason)
    await endpoints.announce_types(connection, org_id, version)
    message = _WORDS[reason].format(url=endpoint.url)
    await _notify(connection, org_id, endpoint.id, ("webhook_disabled", message))
    entity, meta = ("webhook_endpoint", str(endpoint.id)), {"reason": reason.value}
    act = Act(org_id, None, "webhook_endpoint_disabled", entity, meta)
    await record(connection, "webhooks", act)


async def warn(connection: AsyncConnection, endpoint: Endpoint) -> None:
    """Tell the members that an endpoint will be disabled unless its calls succeed."""
    await endpoints.mark_warned(connection, endpoint.org_id, endpoint.id)
    message = _WARNING.format(url=endpoint.url)
    await _notify(connection, endpoint.org_id, endpoint.id, ("webhook_failing", message))


async def _notify(
    connection: AsyncConnection, org_id: UUID, endpoint_id: UUID, said: tuple[str, str]
) -> None:
    kind, message = said
    entity = ("webhook_endpoint", str(endpoint_id))
    await notify(connection, "webhooks", Notice(org_id, kind, message, entity))
