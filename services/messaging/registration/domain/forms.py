"""Forms that are filled in step by step: find invalid and missing fields.

The details of a form are a mapping by the contract's field names. A section is a nested mapping; if
a section is present, all its required fields must be.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from servicekit.errors import FieldError, InvalidInput

Details = Mapping[str, Any]
Check = Callable[[Any], str | None]
"""Returns what is wrong with a value, worded to follow the field's name, or None."""

REQUIRED = "is required"


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule for one field.

    Attributes:
        path: The name of the field, after the name of its section if it is in one.
        check: Checks a value.
        required: Whether the details can't be submitted without the field.
    """

    path: tuple[str, ...]
    check: Check
    required: Callable[[Details], bool] = lambda _: True

    @property
    def field(self) -> str:
        """The field's name in JSON."""
        return ".".join(_camel(part) for part in self.path)

    def value(self, details: Details) -> Any:
        """Return the field's value, or None if it is absent."""
        found: Any = details
        for part in self.path:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def is_required(self, details: Details, whole: bool) -> bool:
        """Whether the field must be present in these details."""
        return self.required(details) and (
            whole or (len(self.path) > 1 and self.path[0] in details)
        )


@dataclass(frozen=True, slots=True)
class Form:
    """A form with the rules for its fields. ``kind``: what it registers."""

    kind: Literal["brand", "campaign"]
    rules: Sequence[Rule]

    def check(self, details: Details, *, whole: bool) -> None:
        """Check the details.

        Args:
            details: What is filled in.
            whole: Whether missing required fields are errors too.

        Raises:
            InvalidInput: Names every invalid field.
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
                fault = REQUIRED if rule.is_required(details, whole) else None
            else:
                fault = rule.check(value)
            if fault:
                yield FieldError(rule.field, fault)


def merged(kept: Details, given: Details) -> dict[str, Any]:
    """Return ``kept`` with its fields and sections replaced by those given, strings trimmed."""
    return {**kept, **_trimmed(given)}


def optional(_: Details) -> bool:
    """Never require the field."""
    return False


def length(low: int, high: int) -> Check:
    """Return a check for strings of ``low`` to ``high`` characters."""

    def check(value: str) -> str | None:
        if low <= len(value) <= high:
            return None
        return f"has {len(value)} characters; it must have {low} to {high}"

    return check


def one_of(words: Sequence[str]) -> Check:
    """Return a check for one of some words, in any case."""

    def check(value: str) -> str | None:
        return None if value.lower() in words else f"must be one of {', '.join(words)}"

    return check


def web_address(value: str) -> str | None:
    """Check a web address."""
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
