"""Write arrays of parameters quickly: a batch of messages has a dozen of them.

psycopg writes an array element by element, at 2 to 6 microseconds each. That takes more time than
everything else that is needed to store a message. This module writes all elements of a frequent
type at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.abc import AdaptContext, Buffer
from psycopg.types.array import ListDumper

_NULL = "NULL"


class ArrayDumper(ListDumper):
    """Writes arrays of text, ids, integers and booleans. All other arrays are left to psycopg."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        """Return the array as Postgres reads it."""
        kinds = set(map(type, obj))
        kinds.discard(type(None))
        write = _WRITERS.get(kinds.pop()) if len(kinds) == 1 else None
        elements = write(obj) if write else None
        return super().dump(obj) if elements is None else f"{{{elements}}}".encode()


def write_arrays_quickly(context: AdaptContext) -> None:
    """Use ``ArrayDumper`` for all lists that are passed to a connection."""
    context.adapters.register_dumper(list, ArrayDumper)


def _texts(items: Sequence[str | None]) -> str | None:
    """Return quoted texts; None if one has a NUL, so that psycopg refuses it with its own error."""
    whole = "".join(filter(None, items))
    if "\0" in whole:
        return None
    if '"' in whole or "\\" in whole:
        items = [item and item.replace("\\", "\\\\").replace('"', '\\"') for item in items]
    return ",".join([_NULL if item is None else f'"{item}"' for item in items])


def _ids(items: Sequence[UUID | None]) -> str:
    return ",".join([_NULL if item is None else item.hex for item in items])


def _integers(items: Sequence[int | None]) -> str:
    return ",".join([_NULL if item is None else str(item) for item in items])


def _booleans(items: Sequence[bool | None]) -> str:
    return ",".join([_NULL if item is None else "t" if item else "f" for item in items])


# Only these exact types, because a subclass may have its own way to be written.
_WRITERS: Mapping[type, Callable[[Sequence[Any]], str | None]] = {
    str: _texts,
    UUID: _ids,
    int: _integers,
    bool: _booleans,
}
