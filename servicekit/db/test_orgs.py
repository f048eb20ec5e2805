"""Test organisations in SQL. They are recognised by their ids; see ``servicekit/test_mode.py``."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func

from servicekit.test_mode import TEST_VERSION

IS_TEST = f"uuid_extract_version(org_id) IS NOT DISTINCT FROM {TEST_VERSION}"
"""SQL: whether the row of the column ``org_id`` belongs to a test organisation."""

IS_LIVE = f"uuid_extract_version(org_id) IS DISTINCT FROM {TEST_VERSION}"
"""SQL: whether the row of the column ``org_id`` belongs to a live organisation."""


def is_live(org_id: ColumnElement[UUID] | Any) -> ColumnElement[bool]:
    """Return the condition that a row belongs to a live organisation."""
    return func.uuid_extract_version(org_id).is_distinct_from(TEST_VERSION)
