"""Lock a template, provided that no running campaign uses it."""

from collections.abc import Awaitable, Callable
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import Conflict
from servicekit.identity import require_send_scope
from services.campaigns.templates.storage import templates

AnyCampaign: TypeAlias = Callable[
    [AsyncConnection, UUID, UUID, Literal["running", "scheduled"]], Awaitable[bool]
]
"""Returns whether any campaign of an organisation uses a given template and has a given status."""


async def lock_unused(
    connection: AsyncConnection, any_campaign: AnyCampaign, org_id: UUID, template_id: UUID
) -> bool:
    """Lock a template until the transaction ends. Returns False if it doesn't exist.

    A campaign reads its text under the same lock when it starts, so no campaign starts meanwhile.

    Raises:
        Conflict: A running campaign uses the template.
        Forbidden: A scheduled campaign uses it, and the API key may not send.
    """
    if not await templates.lock(connection, org_id, template_id):
        return False
    if await any_campaign(connection, org_id, template_id, "running"):
        message = "A running campaign uses this template. Wait until it is done, or cancel it."
        raise Conflict(message, "template_in_use")
    if await any_campaign(connection, org_id, template_id, "scheduled"):
        require_send_scope()
    return True
