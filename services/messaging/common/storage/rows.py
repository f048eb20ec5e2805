"""Select only the columns of a table that a dataclass has as fields."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Column, Table


def columns_of(table: Table, row_type: type) -> tuple[Column[Any], ...]:
    """Return the columns of ``table`` whose names are fields of the dataclass ``row_type``."""
    return tuple(table.c[field.name] for field in fields(row_type))
