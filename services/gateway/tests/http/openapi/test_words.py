"""The API document does not use words that only this project knows."""

import re
from collections.abc import Iterator
from typing import Any

from services.gateway.domain.problem_codes import problem_codes
from services.gateway.http.contract import descriptor_set
from services.gateway.http.openapi.document import document

DOCUMENT = document()
_INSIDE = re.compile(
    r"\b(gRPC|RPC|protobuf|proto|servicer|the gateway|messages as it takes)\b|\(first message\)"
)
_SNAKE = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")
# Names of fields in the contract, as JSON does not write them.
FIELDS = {
    field.name
    for file in descriptor_set().file
    for message in file.message_type
    for field in message.field
    if "_" in field.name
}


def texts(part: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        for key, value in part.items():
            if key in ("description", "summary") and isinstance(value, str):
                yield place, value
            else:
                yield from texts(value, f"{place}/{key}")
    elif isinstance(part, list):
        for index, value in enumerate(part):
            yield from texts(value, f"{place}/{index}")


def values(part: Any) -> Iterator[str]:
    """Yield the values of all enums in a part of the document."""
    if isinstance(part, dict):
        yield from part.get("x-extensible-enum", ())
        for value in part.values():
            yield from values(value)
    elif isinstance(part, list):
        for value in part:
            yield from values(value)


def test_no_description_contains_an_internal_word() -> None:
    assert [(place, text) for place, text in texts(DOCUMENT) if _INSIDE.search(text)] == []


def test_descriptions_name_fields_as_json_does() -> None:
    allowed = set(values(DOCUMENT)) | set(problem_codes())
    for place, text in texts(DOCUMENT):
        assert not (set(_SNAKE.findall(text)) & FIELDS) - allowed, place
