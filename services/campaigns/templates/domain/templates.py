"""Templates: plain text with placeholders like ``{{firstName}}``, and no logic.

A name starts with a letter and goes on with letters, digits and underscores (ASCII); spaces
within the braces are allowed. Every ``{{`` must begin a placeholder. Nothing is evaluated, and a
value is put in as it stands: it is never looked at for placeholders again, and never escaped,
because a text message is plain text and not HTML.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicekit.errors import FieldError, InvalidInput

CONTACT_VARIABLES = ("firstName", "lastName", "phone", "email")
"""What a campaign's text can say of a contact; what a contact lacks is left out of the text."""

MAX_TEXT = 1600
"""Characters that a provider takes at once (Twilio's error 21617)."""

# No further brace before it: {{{name}}} is another language's, where it means something else.
# Spaces of every kind are taken, as text editors put them there: without break, without width.
_SPACES = r"(?:[^\S\r\n]|[\u200b\u2060\ufeff])*"
_PLACEHOLDER = re.compile(rf"(?<!\{{)\{{\{{{_SPACES}([A-Za-z][A-Za-z0-9_]*){_SPACES}\}}\}}")
_SNIPPET_LENGTH = 40
_CLOSING = frozenset(",.!?;:)")


@dataclass(frozen=True, slots=True)
class Template:
    """A template taken apart: ``start``, then each placeholder's name and the text behind it."""

    start: str
    parts: tuple[tuple[str, str], ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The placeholders' names, each once, in the order of appearance."""
        return tuple(dict.fromkeys(name for name, _ in self.parts))

    def render(self, values: Mapping[str, str]) -> str:
        """The text with ``values`` in it. Raises ``KeyError`` where one is missing.

        Where a value is empty, the space and the comma before it go too: "Hi {{firstName}}, see
        you" becomes "Hi, see you".
        """
        pieces = [(values[name], text) for name, text in self.parts]
        if all(value for value, _ in pieces):
            return self.start + "".join([value + text for value, text in pieces])
        rendered = self.start
        for value, text in pieces:
            rendered = rendered + value + text if value else _joined(rendered, text)
        return rendered


def parse(content: str, field: str) -> Template:
    """Take ``content`` apart.

    Raises ``InvalidInput`` for ``field`` where it has a placeholder that is not well formed.
    """
    pieces = _PLACEHOLDER.split(content)
    for text in pieces[::2]:
        if "{{" in text:
            raise InvalidInput.of(field, _complaint(text))
    return Template(pieces[0], tuple(zip(pieces[1::2], pieces[2::2], strict=True)))


def parse_for_contacts(content: str, field: str) -> Template:
    """Take the text of a campaign apart.

    Raises ``InvalidInput`` for ``field``: as ``parse`` does, and with the code
    ``missing_variables`` where the text asks for something that contacts don't have.
    """
    template = parse(content, field)
    unknown = unknown_to_contacts(content)
    if unknown:
        known = ", ".join(CONTACT_VARIABLES)
        message = f"contacts have no {', '.join(unknown)}; they have {known}"
        raise InvalidInput.of(field, message, "missing_variables")
    return template


def unknown_to_contacts(content: str) -> Sequence[str]:
    """The names of well-formed placeholders in ``content`` that contacts don't have."""
    names = dict.fromkeys(_PLACEHOLDER.findall(content))
    return [name for name in names if name not in CONTACT_VARIABLES]


def require_all(template: Template, values: Mapping[str, str], field: str) -> None:
    """Raise ``InvalidInput`` missing_variables for each placeholder that has no value.

    ``field`` is what the values are called.
    """
    missing = [name for name in template.variables if name not in values]
    if missing:
        faults = [FieldError(f"{field}.{name}", "the template needs a value") for name in missing]
        raise InvalidInput(faults, "missing_variables")


def require_no_extra(template: Template, values: Mapping[str, str], field: str) -> None:
    """Raise ``InvalidInput`` extra_variables for each value that no placeholder uses."""
    extra = sorted(values.keys() - set(template.variables))
    if extra:
        faults = [FieldError(f"{field}.{name}", "no placeholder uses it") for name in extra]
        raise InvalidInput(faults, "extra_variables")


def render_given(
    content: str, values: Mapping[str, str], strict: bool = False, field: str = "templateId"
) -> str:
    """The text of a template, which ``field`` gave, and the values that a person gave for it.

    Raises ``InvalidInput``: as ``parse`` does; with the code ``missing_variables`` where values
    are missing, each named; where ``strict`` with ``extra_variables``; with ``message_too_long``;
    and for a text without a visible character.
    """
    template = parse(content, field)
    require_all(template, values, "variables")
    if strict:
        require_no_extra(template, values, "variables")
    text = template.render(values)
    if len(text) > MAX_TEXT:
        message = f"the text would have {len(text)} characters; {MAX_TEXT} are the most"
        raise InvalidInput.of("variables", message, "message_too_long")
    if not sendable(text):
        raise InvalidInput.of("variables", "the text would be empty")
    return text


def preview(content: str, values: Mapping[str, str]) -> str:
    """``content`` with ``values`` in it; a placeholder without a value stays as it is written."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), content)


def sendable(text: str) -> bool:
    """Whether a provider would take ``text``: it has something to read, and is not too long."""
    return len(text) <= MAX_TEXT and bool(text.strip())


def _joined(before: str, after: str) -> str:
    """Join what stands around a value that is empty."""
    if not before.strip():
        return before + after.lstrip(" ,;:")
    if after and after[0] not in _CLOSING and not after[0].isspace():
        return before + after
    before = before.rstrip(" ")
    if after[:1] in _CLOSING:
        before = before.rstrip(",")
    return before + after


def _complaint(text: str) -> str:
    inside, closing, _ = text[text.index("{{") :].partition("}}")
    snippet = (inside + closing)[:_SNIPPET_LENGTH]
    return f"{snippet} is not a placeholder; write {{{{name}}}} with a name of letters and digits"
