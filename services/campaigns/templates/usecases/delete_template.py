"""Delete a template that no running or scheduled campaign uses."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import Conflict
from services.campaigns.common.domain.in_use import named
from services.campaigns.templates.storage import templates

NamesWithTemplate: TypeAlias = Callable[
    [AsyncConnection, UUID, UUID], Awaitable[tuple[Sequence[str], int]]
]
"""Returns names of the running and scheduled campaigns that use a template, and how many use it."""


class DeleteTemplate:
    """Soft-deletes templates that no running or scheduled campaign uses."""

    def __init__(self, database: Database, names_with_template: NamesWithTemplate) -> None:
        self._database = database
        self._names_with_template = names_with_template

    async def delete(self, org_id: UUID, template_id: UUID, if_version: int | None = None) -> None:
        """Delete a template.

        Raises:
            CrossOrgAccess: The template belongs to another organisation.
            NotFound: The template doesn't exist.
            Conflict: template_in_use while a running or a scheduled campaign uses it.
        """
        async with self._database.org(org_id) as connection:
            found = await templates.lock(connection, org_id, template_id)
            if found:
                names, total = await self._names_with_template(connection, org_id, template_id)
                if names:
                    raise _in_use(names, total)
                stored = await templates.find(connection, org_id, template_id)
                if stored is not None:
                    require_version(stored.versions, if_version)
                await templates.delete(connection, org_id, template_id)
        if not found:
            raise await templates.not_found(self._database, org_id, template_id)


def _in_use(names: Sequence[str], total: int) -> Conflict:
    message = f"Running or scheduled campaigns use this template: {named(names, total)}."
    advice = "Cancel them, or give the scheduled ones another text."
    return Conflict(f"{message} {advice}", "template_in_use")
