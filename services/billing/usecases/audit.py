"""Audit: says who changed what about an organisation's money."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.audit import Act, record


async def audit(
    connection: AsyncConnection,
    org_id: UUID,
    action: str,
    entity: tuple[str, str],
    meta: Mapping[str, Any],
) -> None:
    """Say in this transaction that the caller did ``action`` to ``entity``, its kind and id."""
    act = Act(org_id, identity.current().require_user(), action, entity, meta)
    await record(connection, "billing", act)
