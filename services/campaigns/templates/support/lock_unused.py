"""Lock a template, provided that no running campaign uses it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.errors import Conflict
from servicekit.identity import require_send_scope
from services.campaigns.templates.domain.uses import quoted
from services.campaigns.templates.storage import templates

CampaignNames: TypeAlias = Callable[
    [AsyncConnection, UUID, UUID, Literal["running", "scheduled"]], Awaitable[Sequence[str]]
]
"""Returns the names of an organisation's campaigns that use a template and have a status."""


async def lock_unused(
    connection: AsyncConnection, names_of: CampaignNames, org_id: UUID, template_id: UUID
) -> bool:
    """Lock a template until the transaction ends. Returns False if it doesn't exist.

    A campaign reads its text under the same lock when it starts, so no campaign starts meanwhile.

    Raises:
        Conflict: A running campaign uses the template. The error names it.
        Forbidden: A scheduled campaign uses it, and the API key may not send.
    """
    if not await templates.lock(connection, org_id, template_id):
        return False
    if running := await names_of(connection, org_id, template_id, "running"):
        message = (
            f"Running campaigns use this template: {quoted(running)}. Wait until they are done, or"
            " cancel them."
        )
        raise Conflict(message, "template_in_use")
    if await names_of(connection, org_id, template_id, "scheduled"):
        require_send_scope()
    return True
