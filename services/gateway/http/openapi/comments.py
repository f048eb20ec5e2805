"""Read the contract's comments, keyed by the full name of the message, field or method."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, SourceCodeInfo

from services.gateway.http.contract import descriptor_set

# Field numbers in descriptor.proto. The path of a comment's location is made of them.
_FILE_MESSAGES, _FILE_ENUMS, _FILE_SERVICES = 4, 5, 6
_PARTS = 2  # a message's fields, an enum's values, a service's methods


@cache
def comments() -> Mapping[str, str]:
    """Return the contract's comments, each as one paragraph, keyed by full name."""
    return {name: text for file in descriptor_set().file for name, text in _comments_of(file)}


def comment_of(full_name: str) -> str:
    """Return the comment on the message, field or method with this full name, or ""."""
    return comments().get(full_name, "")


def _comments_of(file: FileDescriptorProto) -> Iterator[tuple[str, str]]:
    texts = {tuple(place.path): _paragraph(place) for place in file.source_code_info.location}
    for path, name in _named(file):
        if texts.get(path):
            yield name, texts[path]


def _named(file: FileDescriptorProto) -> Iterator[tuple[tuple[int, ...], str]]:
    """Yield path and full name of everything in `file` that can have a comment."""
    kinds: tuple[tuple[int, Iterable[Any], str], ...] = (
        (_FILE_MESSAGES, file.message_type, "field"),
        (_FILE_ENUMS, file.enum_type, "value"),
        (_FILE_SERVICES, file.service, "method"),
    )
    for kind, elements, parts in kinds:
        for index, element in enumerate(elements):
            name = f"{file.package}.{element.name}"
            yield (kind, index), name
            inner: Sequence[Any] = getattr(element, parts)
            for position, part in enumerate(inner):
                yield (kind, index, _PARTS, position), f"{name}.{part.name}"


def _paragraph(place: SourceCodeInfo.Location) -> str:
    return " ".join(place.leading_comments.split())
