"""Mail templates: stored by id and alias, rendered with `{{name}}` placeholders."""

import re
from dataclasses import dataclass
from typing import Any

_PLACEHOLDER = re.compile(r"\{\{\{?\s*([\w.]+)\s*\}?\}\}")
_BLOCK = re.compile(r"\{\{#\s*([\w.]+)\s*\}\}(.*?)\{\{/\s*\1\s*\}\}", re.DOTALL)


@dataclass(slots=True)
class Template:
    """A mail template. `alias` may be empty."""

    template_id: int
    alias: str
    name: str
    subject: str
    html_body: str
    text_body: str

    def view(self) -> dict[str, Any]:
        """Return the template as the API shows it."""
        return {
            "TemplateId": self.template_id,
            "Alias": self.alias or None,
            "Name": self.name,
            "Subject": self.subject,
            "HtmlBody": self.html_body,
            "TextBody": self.text_body,
            "Active": True,
            "TemplateType": "Standard",
            "LayoutTemplate": None,
        }


def render(text: str, model: Any) -> str:
    """Fill in a template: first its sections (`{{#list}}...{{/list}}`), then its placeholders.

    A section is repeated for each item of a list, or shown once if its value is true. A placeholder
    without a value in `model` becomes empty, as with Postmark.
    """
    expanded = _BLOCK.sub(lambda match: _block(match.group(1), match.group(2), model), text)
    return _PLACEHOLDER.sub(lambda match: _text(_lookup(match.group(1), model)), expanded)


def _block(name: str, inner: str, model: Any) -> str:
    value = _lookup(name, model)
    if isinstance(value, list):
        return "".join(render(inner, each) for each in value)
    if isinstance(value, dict):
        return render(inner, value)
    return render(inner, model) if value else ""


def _lookup(path: str, model: Any) -> Any:
    if path == ".":
        return model
    value = model
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return "" if value is None else str(value)
