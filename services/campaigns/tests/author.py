"""Test helper: a user who edits templates by calling the service."""

from dataclasses import replace
from typing import Any

from servicekit.identity import acting_as
from servicekit.ids import new_id
from smsblaster.campaigns.v1 import templates_pb2 as pb
from smsblaster.campaigns.v1 import templates_pb2_grpc
from tests.fixtures.running import Person, Running


class Author:
    """A user who edits templates."""

    def __init__(
        self, service: Running, person: Person | None = None, may_send: bool = True
    ) -> None:
        self.person = person or Person()
        self._identity = replace(self.person.identity(), may_send=may_send)
        self._stub = templates_pb2_grpc.TemplateServiceStub(service.channel)
        self._caller = service.caller()

    async def create(self, content: str = "Hi {{firstName}}", name: str = "") -> pb.Template:
        request = pb.CreateTemplateRequest(name=name or f"Greeting {new_id()}", content=content)
        with acting_as(self._identity):
            return await self._caller.call(self._stub.CreateTemplate, request)

    async def page(self, **fields: Any) -> pb.ListTemplatesResponse:
        with acting_as(self._identity):
            return await self._caller.call(
                self._stub.ListTemplates, pb.ListTemplatesRequest(**fields)
            )

    async def found(self, search: str) -> list[str]:
        return [item.name for item in (await self.page(search=search)).items]

    async def get(self, template_id: object) -> pb.Template:
        with acting_as(self._identity):
            return await self._caller.call(
                self._stub.GetTemplate, pb.GetTemplateRequest(id=str(template_id))
            )

    async def update(self, template_id: object, **fields: Any) -> pb.Template:
        with acting_as(self._identity):
            return await self._caller.call(
                self._stub.UpdateTemplate, pb.UpdateTemplateRequest(id=str(template_id), **fields)
            )

    async def delete(self, template_id: object) -> None:
        with acting_as(self._identity):
            await self._caller.call(
                self._stub.DeleteTemplate, pb.DeleteTemplateRequest(id=str(template_id))
            )

    async def preview(
        self, content: str, strict: bool = False, **data: str
    ) -> pb.PreviewTemplateResponse:
        request = pb.PreviewTemplateRequest(content=content, sample_data=data, strict=strict)
        with acting_as(self._identity):
            return await self._caller.call(self._stub.PreviewTemplate, request)
