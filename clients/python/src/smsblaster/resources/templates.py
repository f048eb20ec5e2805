"""Texts with placeholders."""

from collections.abc import Iterator

from smsblaster.answers import PAGE, Id, answer, given, id_of, pages
from smsblaster.generated.api.operations import (
    create_template,
    delete_template,
    get_template,
    list_templates,
    update_template,
)
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.models.create_template_request import CreateTemplateRequest
from smsblaster.generated.models.template import Template
from smsblaster.generated.models.update_template_body import UpdateTemplateBody


class Templates:
    """Texts with placeholders, such as ``Hi {{firstName}}``."""

    def __init__(self, api: AuthenticatedClient) -> None:
        self._api = api

    def create(self, name: str, content: str) -> Template:
        """Create a template."""
        body = CreateTemplateRequest(name=name, content=content)
        return answer(create_template.sync(client=self._api, body=body))

    def list(self, *, search: str | None = None) -> Iterator[Template]:
        """Yield templates."""
        return pages(
            lambda cursor: answer(
                list_templates.sync(
                    client=self._api, limit=PAGE, cursor=cursor, search=given(search)
                )
            )
        )

    def get(self, template_id: Id) -> Template:
        """Return a template."""
        return answer(get_template.sync(id_of(template_id), client=self._api))

    def update(
        self, template_id: Id, *, name: str | None = None, content: str | None = None
    ) -> Template:
        """Change the given fields."""
        body = UpdateTemplateBody(name=given(name), content=given(content))
        return answer(update_template.sync(id_of(template_id), client=self._api, body=body))

    def delete(self, template_id: Id) -> None:
        """Delete a template."""
        delete_template.sync_detailed(id_of(template_id), client=self._api)
