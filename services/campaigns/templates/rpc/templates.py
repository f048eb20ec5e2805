"""Serve ``TemplateService``: texts with placeholders, and their previews."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.campaigns.templates.domain.foreign_placeholders import foreign_placeholders
from services.campaigns.templates.domain.templates import (
    parse,
    preview,
    require_all,
    require_no_extra,
)
from services.campaigns.templates.domain.uses import TemplateUse
from services.campaigns.templates.providers.text_sizes import TextSizes
from services.campaigns.templates.storage import templates
from services.campaigns.templates.storage.templates import Template
from services.campaigns.templates.support.load_template import load_template
from services.campaigns.templates.usecases.create_template import CreateTemplate
from services.campaigns.templates.usecases.delete_template import DeleteTemplate
from services.campaigns.templates.usecases.edit_template import EditTemplate
from smsblaster.campaigns.v1 import templates_pb2, templates_pb2_grpc

TemplateUses: TypeAlias = Callable[
    [AsyncConnection, UUID, Collection[UUID]], Awaitable[Mapping[UUID, TemplateUse]]
]
"""Returns how campaigns use templates. Templates without a campaign are left out."""


@dataclass(frozen=True, slots=True)
class TemplateUseCases:
    """The use cases that ``TemplateRpc`` calls."""

    create: CreateTemplate
    edit: EditTemplate
    delete: DeleteTemplate


class TemplateRpc(templates_pb2_grpc.TemplateServiceServicer):
    """Serves ``TemplateService``: creates, shows, changes and deletes templates."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        sizes: TextSizes,
        uses_of: TemplateUses,
        use_cases: TemplateUseCases,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._sizes = sizes
        self._uses_of = uses_of
        self._use_cases = use_cases

    async def CreateTemplate(
        self, request: templates_pb2.CreateTemplateRequest, context: Context
    ) -> templates_pb2.Template:
        """Create a template from a name and a text."""
        caller = identity.current()
        org_id, user_id = caller.require_org(), caller.require_user()
        created = await self._use_cases.create.create(
            org_id, user_id, request.name, request.content
        )
        return _template(created, TemplateUse())

    async def ListTemplates(
        self, request: templates_pb2.ListTemplatesRequest, context: Context
    ) -> templates_pb2.ListTemplatesResponse:
        """Return a page of the organisation's templates."""
        org_id = identity.current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await templates.page(
                connection, org_id, request.search, page.rows_to_read, page.last_id
            )
            rows, next_cursor = page.split(rows)
            uses = await self._uses_of(connection, org_id, [row.id for row in rows])
        return templates_pb2.ListTemplatesResponse(
            items=[_template(row, uses.get(row.id, TemplateUse())) for row in rows],
            next_cursor=next_cursor,
        )

    async def GetTemplate(
        self, request: templates_pb2.GetTemplateRequest, context: Context
    ) -> templates_pb2.Template:
        """Return one template."""
        org_id = identity.current().require_org()
        return await self._with_use(
            org_id, await load_template(self._database, org_id, UUID(request.id))
        )

    async def UpdateTemplate(
        self, request: templates_pb2.UpdateTemplateRequest, context: Context
    ) -> templates_pb2.Template:
        """Change those fields of a template that are in the request."""
        org_id = identity.current().require_org()
        changes = {f: getattr(request, f) for f in ("name", "content") if request.HasField(f)}
        edited = await self._use_cases.edit.edit(
            org_id, UUID(request.id), changes, _expected_version(request)
        )
        return await self._with_use(org_id, edited)

    async def DeleteTemplate(
        self, request: templates_pb2.DeleteTemplateRequest, context: Context
    ) -> templates_pb2.DeleteTemplateResponse:
        """Soft-delete a template."""
        org_id = identity.current().require_org()
        await self._use_cases.delete.delete(org_id, UUID(request.id), _expected_version(request))
        return templates_pb2.DeleteTemplateResponse()

    async def PreviewTemplate(
        self, request: templates_pb2.PreviewTemplateRequest, context: Context
    ) -> templates_pb2.PreviewTemplateResponse:
        """Return a template's content filled with sample data."""
        template = parse(request.content, "content")
        variables = template.variables
        if request.strict:
            require_all(template, request.sample_data, "sampleData")
            require_no_extra(template, request.sample_data, "sampleData")
        text = preview(request.content, request.sample_data)
        return templates_pb2.PreviewTemplateResponse(
            preview=text,
            missing_variables=[name for name in variables if name not in request.sample_data],
            unused_variables=sorted(set(request.sample_data) - set(variables)),
            segments=await self._segments(text),
            foreign_placeholders=foreign_placeholders(request.content),
        )

    async def _with_use(self, org_id: UUID, template: Template) -> templates_pb2.Template:
        async with self._database.org(org_id) as connection:
            uses = await self._uses_of(connection, org_id, [template.id])
        return _template(template, uses.get(template.id, TemplateUse()))

    async def _segments(self, text: str) -> int | None:
        """Return the segments of `text`, or None if messaging, which counts them, is down."""
        try:
            return await self._sizes.segments(text)
        except Unavailable:
            return None


def _expected_version(
    request: templates_pb2.UpdateTemplateRequest | templates_pb2.DeleteTemplateRequest,
) -> int | None:
    return request.if_version if request.HasField("if_version") else None


def _template(template: Template, use: TemplateUse) -> templates_pb2.Template:
    times = [time for time in (template.last_used_at, use.last_started_at) if time]
    return fill(
        templates_pb2.Template(
            variables=parse(template.content, "content").variables,
            campaign_count=use.campaigns,
            active_campaign_count=use.active_campaigns,
        ),
        template,
        last_used_at=max(times, default=None),
    )
