"""Select the columns that a dataclass has fields for."""

from dataclasses import fields
from typing import Any

from sqlalchemy import Column, Table


def columns_of(table: Table, row_type: type) -> tuple[Column[Any], ...]:
    """Return the columns of ``table`` with the names of the fields of the dataclass."""
    return tuple(table.c[field.name] for field in fields(row_type))
