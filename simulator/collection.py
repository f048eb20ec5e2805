"""Small collections of objects of one kind, in memory and in the database."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

import orjson

from simulator.store import Store, Write

T = TypeVar("T")

UPSERT = (
    "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) "
    "ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body"
)
DELETE = "DELETE FROM documents WHERE kind = ? AND id = ?"


class Collection(Generic[T]):
    """Objects of one kind, found by their id and listed in order of creation.

    All of them are loaded at start.

    Args:
        store: The database.
        kind: Name of the kind in the database.
        build: Makes an object from its stored fields (a dataclass or `dict`).
    """

    def __init__(self, store: Store, kind: str, build: Callable[..., T]) -> None:
        self._kind = kind
        self._items: dict[str, T] = {}
        sql = "SELECT id, body FROM documents WHERE kind = ? ORDER BY seq"
        for row in store.query(sql, (kind,)):
            self._items[row["id"]] = build(**orjson.loads(row["body"]))

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._items.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._items

    def get(self, key: str) -> T | None:
        """Return the object with this id, or None."""
        return self._items.get(key)

    def put(self, writes: list[Write], key: str, item: T) -> None:
        """Store a new or changed object. The database write is appended to `writes`."""
        self._items[key] = item
        writes.append((UPSERT, (self._kind, key, orjson.dumps(item))))

    def remove(self, writes: list[Write], key: str) -> None:
        """Delete the object. The database write is appended to `writes`."""
        self._items.pop(key, None)
        writes.append((DELETE, (self._kind, key)))

    def clear(self) -> None:
        """Delete all objects from memory. `Store.clear` deletes them from the database."""
        self._items.clear()
