"""Forms that are filled in step by step: what is wrong with what is there, and what is missing.

A form's details are a mapping by the contract's field names; a section is a mapping within. A
section that is there is checked whole, whatever else is missing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from servicekit.errors import FieldError, InvalidInput

Details = Mapping[str, Any]
Check = Callable[[Any], str | None]
"""Says what is wrong with a value, as the end of a sentence that begins with the field."""

NEEDED = "is needed"


@dataclass(frozen=True, slots=True)
class Rule:
    """What one field must be. ``path``: its name, and before it its section's, if it is in one.

    ``needed`` says whether the details can be submitted without it.
    """

    path: tuple[str, ...]
    check: Check
    needed: Callable[[Details], bool] = lambda _: True

    @property
    def field(self) -> str:
        """The field as the caller writes it."""
        return ".".join(_camel(part) for part in self.path)

    def value(self, details: Details) -> Any:
        """The field's value; None where it is absent."""
        found: Any = details
        for part in self.path:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def is_asked(self, details: Details, whole: bool) -> bool:
        """Whether its absence is a fault."""
        return self.needed(details) and (whole or (len(self.path) > 1 and self.path[0] in details))


@dataclass(frozen=True, slots=True)
class Form:
    """A form by its rules. ``kind``: what is registered with it."""

    kind: Literal["brand", "campaign"]
    rules: Sequence[Rule]

    def check(self, details: Details, *, whole: bool) -> None:
        """Raise ``InvalidInput`` with every fault of ``details``.

        Unless they are the ``whole`` of it, only what is there is checked.
        """
        faults = list(self._faults(details, whole))
        if faults:
            raise InvalidInput(faults)

    def missing(self, details: Details) -> list[str]:
        """The fields, as the caller writes them, that must be there and are not."""
        return [
            rule.field
            for rule in self.rules
            if rule.needed(details) and rule.value(details) in (None, "", [])
        ]

    def _faults(self, details: Details, whole: bool) -> Iterator[FieldError]:
        for rule in self.rules:
            value = rule.value(details)
            if value in (None, "", []):
                fault = NEEDED if rule.is_asked(details, whole) else None
            else:
                fault = rule.check(value)
            if fault:
                yield FieldError(rule.field, fault)


def merged(kept: Details, given: Details) -> dict[str, Any]:
    """``kept`` with the fields and sections that are given in place of its own; texts trimmed."""
    return {**kept, **_trimmed(given)}


def optional(_: Details) -> bool:
    """For a rule whose field may be absent."""
    return False


def length(low: int, high: int) -> Check:
    """A text of so many characters."""

    def check(value: str) -> str | None:
        if low <= len(value) <= high:
            return None
        return f"has {len(value)} characters; it must have {low} to {high}"

    return check


def one_of(words: Sequence[str]) -> Check:
    """One of some words, in whatever case."""

    def check(value: str) -> str | None:
        return None if value.lower() in words else f"must be one of {', '.join(words)}"

    return check


def web_address(value: str) -> str | None:
    """An address of the web."""
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
