"""Write filters as JSON to store them, and read them again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.contacts.domain.contacts import ContactFilter


def to_json(filters: ContactFilter) -> dict[str, Any]:
    """Return a filter as JSON, without fields that are not given."""
    values: dict[str, Any] = {
        "search": filters.search,
        "tag": filters.tag,
        "listId": str(filters.list_id) if filters.list_id else None,
        "optStatus": filters.opt_status,
        "from": filters.added_from.isoformat() if filters.added_from else None,
        "to": filters.added_before.isoformat() if filters.added_before else None,
    }
    return {name: value for name, value in values.items() if value}


def from_json(values: Mapping[str, Any]) -> ContactFilter:
    """Return the filter that ``to_json`` wrote as ``values``."""
    list_id, start, end = values.get("listId"), values.get("from"), values.get("to")
    return ContactFilter(
        search=values.get("search", ""),
        tag=values.get("tag", ""),
        list_id=UUID(list_id) if list_id else None,
        opt_status=values.get("optStatus"),
        added_from=datetime.fromisoformat(start) if start else None,
        added_before=datetime.fromisoformat(end) if end else None,
    )
