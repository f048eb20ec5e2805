"""Forms that are filled in step by step: find invalid and missing fields.

The details of a form map field names of the contract to values. A section is a nested mapping.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from servicekit.errors import FieldError, InvalidInput

Details = Mapping[str, Any]
Check = Callable[[Any], str | None]
"""A check of a value.

Returns the error, such as "must be an email address", or None if the value is valid.
"""

REQUIRED = "is required"


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule for one field.

    Attributes:
        path: The name of the field, preceded by the name of its section, if any.
        check: Returns the error of a value, or None.
        required: Whether the field must be present when the details are submitted.
    """

    path: tuple[str, ...]
    check: Check
    required: Callable[[Details], bool] = lambda _: True

    @property
    def field(self) -> str:
        """The field's name in JSON."""
        return ".".join(_camel(part) for part in self.path)

    def value(self, details: Details) -> Any:
        """Return the field's value in ``details``, or None if it is absent."""
        found: Any = details
        for part in self.path:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found


@dataclass(frozen=True, slots=True)
class Form:
    """The form for a brand or an A2P campaign, with the rules for its fields.

    ``kind``: what the form registers.
    """

    kind: Literal["brand", "campaign"]
    rules: Sequence[Rule]

    def check(self, details: Details, *, whole: bool) -> None:
        """Check that the details obey the rules of the form.

        Args:
            details: The fields that are filled in.
            whole: Whether missing required fields are errors too.

        Raises:
            InvalidInput: A field is invalid. The error names every such field.
        """
        faults = list(self._faults(details, whole))
        if faults:
            raise InvalidInput(faults)

    def missing(self, details: Details) -> list[str]:
        """Return the JSON names of required fields that are missing."""
        return [
            rule.field
            for rule in self.rules
            if rule.required(details) and rule.value(details) in (None, "", [])
        ]

    def _faults(self, details: Details, whole: bool) -> Iterator[FieldError]:
        for rule in self.rules:
            value = rule.value(details)
            if value in (None, "", []):
                fault = REQUIRED if whole and rule.required(details) else None
            else:
                fault = rule.check(value)
            if fault:
                yield FieldError(rule.field, fault)


def merged(kept: Details, given: Details) -> dict[str, Any]:
    """Return ``kept``, with the fields and sections of ``given`` in place of its own.

    Strings are trimmed.
    """
    return {**kept, **_trimmed(given)}


def optional(_: Details) -> bool:
    """Return False: the field is not required, whatever other fields contain."""
    return False


def length(low: int, high: int) -> Check:
    """Return a check that a string has ``low`` to ``high`` characters."""

    def check(value: str) -> str | None:
        if low <= len(value) <= high:
            return None
        return f"has {len(value)} characters; it must have {low} to {high}"

    return check


def one_of(words: Sequence[str]) -> Check:
    """Return a check that a value is one of ``words``, in upper or lower case."""

    def check(value: str) -> str | None:
        return None if value.lower() in words else f"must be one of {', '.join(words)}"

    return check


def web_address(value: str) -> str | None:
    """Check a URL of a web page. Returns the error, or None."""
    scheme, _, rest = value.partition("://")
    host = rest.partition("/")[0]
    if scheme in ("http", "https") and "." in host and not any(c.isspace() for c in value):
        return None
    return "must be a web address such as https://example.com"


def _trimmed(given: Details) -> dict[str, Any]:
    return {name: _trim(value) for name, value in given.items()}


def _trim(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return _trimmed(value)
    return [_trim(item) for item in value] if isinstance(value, list) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
