"""Ids: UUIDv7 everywhere, so that newer ids sort after older ones."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A fresh id, ordered by time of creation."""
    return uuid7()
