"""Live organisations in SQL. They are recognised by their ids; see ``servicekit/modes.py``.

Statements that are texts spell the condition: ``uuid_extract_version(org_id) IS DISTINCT FROM 8``.
"""

from typing import Any

from sqlalchemy import ColumnElement, func

from servicekit.modes import TEST_VERSION


def is_live(org_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that a row belongs to a live organisation."""
    return func.uuid_extract_version(org_id).is_distinct_from(TEST_VERSION)
