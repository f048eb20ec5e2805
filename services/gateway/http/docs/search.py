"""The index in which the pages search: sections of guides, and operations."""

from collections.abc import Iterator

import orjson

from services.gateway.http.docs.guides import Guide, guides
from services.gateway.http.docs.links import operation_address
from services.gateway.http.docs.reference import entries, summary_of, title_of

Entry = tuple[str, str, str, str]
"""The title, the address, what kind of thing it is, and its words."""


def index() -> bytes:
    """Return the index as JSON."""
    return orjson.dumps([*_sections(), *_operations()])


def _sections() -> Iterator[Entry]:
    for part in guides().values():
        for guide in part:
            yield from _sections_of(guide)


def _sections_of(guide: Guide) -> Iterator[Entry]:
    for section in guide.sections:
        anchor = f"#{section.anchor}" if section.anchor else ""
        kind = f"Guide: {guide.title}" if anchor else "Guide"
        yield section.title, guide.address + anchor, kind, section.words


def _operations() -> Iterator[Entry]:
    for method, group in entries():
        address = operation_address(group.name, method.operation_id)
        words = f"{summary_of(method)} ({method.operation_id})"
        yield title_of(method.operation_id), address, f"{method.verb} {method.path}", words
