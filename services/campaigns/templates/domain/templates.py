"""Templates: plain text with placeholders like ``{{firstName}}``, and no logic.

A name starts with a letter, followed by letters, digits and underscores (ASCII). Spaces within the
braces are allowed. Every ``{{`` must begin a placeholder. Nothing is evaluated. A value is inserted
as it is: placeholders in it are not filled, and nothing is escaped, because a message is plain text
and not HTML.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicekit.errors import FieldError, InvalidInput
from services.campaigns.templates.domain.empty_values import is_blank, join, without_last_comma

CONTACT_VARIABLES = ("firstName", "lastName", "phone", "email")
"""The placeholders that contacts can fill. A value that a contact lacks is left out."""

MAX_TEXT = 1600
"""Maximum characters of a message (Twilio's error 21617)."""

# No third brace before it: {{{name}}} has another meaning in other template languages.
# All kinds of spaces are accepted, because text editors insert non-breaking and zero-width ones.
_SPACES = (
    r"(?:[^\S\r\n]|[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe0f\ufeff])*"
)
_PLACEHOLDER = re.compile(rf"(?<!\{{)\{{\{{{_SPACES}([A-Za-z][A-Za-z0-9_]*){_SPACES}\}}\}}")
_SNIPPET_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: `start`, then each placeholder's name with the text that follows it."""

    start: str
    parts: tuple[tuple[str, str], ...]

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the placeholders, each once, in the order of appearance."""
        return tuple(dict.fromkeys(name for name, _ in self.parts))

    def render(self, values: Mapping[str, str]) -> str:
        """Return the text filled with `values`. Raises ``KeyError`` if a value is missing.

        With an empty value, the space and the comma before it are removed too: "Hi {{firstName}},
        see you" becomes "Hi, see you".
        """
        pieces = [(values[name], text) for name, text in self.parts]
        if not any(is_blank(value) for value, _ in pieces):
            return self.start + "".join([value + text for value, text in pieces])
        rendered = self.start
        for value, text in pieces:
            rendered = join(rendered, text) if is_blank(value) else rendered + value + text
        last, after = pieces[-1]
        return rendered if after.strip() or not is_blank(last) else without_last_comma(rendered)


def parse(content: str, field: str) -> Template:
    """Parse a template.

    Raises:
        InvalidInput: A placeholder in `content` is malformed. The error names `field`.
    """
    pieces = _PLACEHOLDER.split(content)
    for text in pieces[::2]:
        if "{{" in text:
            raise InvalidInput.of(field, _complaint(text))
    return Template(pieces[0], tuple(zip(pieces[1::2], pieces[2::2], strict=True)))


def parse_for_contacts(content: str, field: str) -> Template:
    """Parse the text of a campaign.

    Raises:
        InvalidInput: As for ``parse``, or the text asks for a placeholder that contacts don't have
            (code missing_variables).
    """
    template = parse(content, field)
    unknown = unknown_to_contacts(content)
    if unknown:
        known = ", ".join(CONTACT_VARIABLES)
        names = ", ".join(unknown)
        message = f"Contacts can't fill the placeholders {names}. They can fill {known}."
        raise InvalidInput.of(field, message, "missing_variables")
    return template


def unknown_to_contacts(content: str) -> Sequence[str]:
    """Return the names of well-formed placeholders in `content` that contacts don't have."""
    names = dict.fromkeys(_PLACEHOLDER.findall(content))
    return [name for name in names if name not in CONTACT_VARIABLES]


def require_all(template: Template, values: Mapping[str, str], field: str) -> None:
    """Check that each placeholder has a value in `values`. `field` had these values in the request.

    Raises:
        InvalidInput: Values are missing (code missing_variables). The error names each of them.
    """
    missing = [name for name in template.variables if name not in values]
    if missing:
        faults = [
            FieldError(f"{field}.{name}", "The template needs a value for this placeholder.")
            for name in missing
        ]
        raise InvalidInput(faults, "missing_variables")


def require_no_extra(template: Template, values: Mapping[str, str], field: str) -> None:
    """Check that each value is used by a placeholder.

    Raises:
        InvalidInput: Values are not used (code extra_variables). The error names each of them.
    """
    extra = sorted(values.keys() - set(template.variables))
    if extra:
        faults = [
            FieldError(f"{field}.{name}", "No placeholder uses this value.") for name in extra
        ]
        raise InvalidInput(faults, "extra_variables")


def render_given(
    content: str, values: Mapping[str, str], strict: bool = False, field: str = "templateId"
) -> str:
    """Fill the template `content` with `values`, and return the text.

    The request had the template in `field`, which errors name.

    Raises:
        InvalidInput: A placeholder is malformed, or has no value (code missing_variables); or, if
            `strict`, a value is not used (extra_variables); or the text is too long
            (message_too_long) or empty.
    """
    template = parse(content, field)
    require_all(template, values, "variables")
    if strict:
        require_no_extra(template, values, "variables")
    text = template.render(values)
    if len(text) > MAX_TEXT:
        message = f"The text would have {len(text)} characters. The maximum is {MAX_TEXT}."
        raise InvalidInput.of("variables", message, "message_too_long")
    if not sendable(text):
        raise InvalidInput.of("variables", "The text would be empty.")
    return text


def preview(content: str, values: Mapping[str, str]) -> str:
    """Return `content` filled with `values`. A placeholder without a value stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), content)


def without_placeholders(content: str) -> str:
    """Return `content` with a space instead of each placeholder."""
    return _PLACEHOLDER.sub(" ", content)


def sendable(text: str) -> bool:
    """Return whether a provider accepts `text`: it is neither empty nor too long."""
    return len(text) <= MAX_TEXT and bool(text.strip())


def _complaint(text: str) -> str:
    inside, closing, _ = text[text.index("{{") :].partition("}}")
    snippet = (inside + closing)[:_SNIPPET_LENGTH]
    return f"{snippet} is not a placeholder. Write {{{{name}}}} with a name of letters and digits."
