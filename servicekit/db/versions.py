"""Versions of rows, so that nobody overwrites a change that they did not know (``If-Match``).

A row has a version, which begins at 1, and the version in which each of its columns last changed. A
trigger updates both, so that no statement can forget to do so. A change that stores the same values
changes no version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from servicekit.errors import PreconditionFailed

FUNCTION = """
CREATE OR REPLACE FUNCTION keep_version() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  changed jsonb;
BEGIN
  SELECT jsonb_object_agg(name, OLD.version + 1) INTO changed
  FROM unnest(TG_ARGV) AS name, to_jsonb(OLD) AS stale, to_jsonb(NEW) AS fresh
  WHERE stale -> name IS DISTINCT FROM fresh -> name;
  IF changed IS NOT NULL THEN
    NEW.version = OLD.version + 1;
    NEW.column_versions = OLD.column_versions || changed;
  END IF;
  RETURN NEW;
END $body$;
"""
"""SQL for a migration: creates the function that the triggers of ``trigger`` call."""

COLUMNS = """
ADD COLUMN version bigint NOT NULL DEFAULT 1,
ADD COLUMN column_versions jsonb NOT NULL DEFAULT '{}'
"""
"""The version columns, as SQL for an ``ALTER TABLE`` in a migration."""


def trigger(table: str, *columns: str) -> str:
    """Return the SQL for a trigger that raises the version of a row when the row changes.

    Args:
        table: the table. It must have the columns that ``COLUMNS`` adds.
        columns: the columns whose changes make a new version.
    """
    names = ", ".join(f"'{column}'" for column in columns)
    differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in columns)
    return (
        f"CREATE TRIGGER tr_{table}_version BEFORE UPDATE ON {table} FOR EACH ROW"
        f" WHEN ({differs}) EXECUTE FUNCTION keep_version({names})"
    )


@dataclass(frozen=True, slots=True)
class Versions:
    """The version of a row, and the version in which each column last changed.

    Columns that have not changed since the row was created are missing.
    """

    current: int
    columns: Mapping[str, int] = field(default_factory=dict)


def require_version(
    stored: Versions, expected: int | None, names: Mapping[str, str] | None = None
) -> None:
    """Raise ``PreconditionFailed`` if somebody has changed the row since its version ``expected``.

    The error names the current version and the fields that have changed since. Call this while the
    row is locked.

    Args:
        stored: the versions of the locked row.
        expected: the version that the caller has read, or None to change any version.
        names: the field names of columns whose field is not the column's name in camelCase.
    """
    if expected is None or expected == stored.current:
        return
    later = sorted(name for name, version in stored.columns.items() if version > expected)
    changed = [(names or {}).get(name) or _camel_case(name) for name in later]
    what = f" These fields have changed: {', '.join(changed)}." if changed else ""
    raise PreconditionFailed(
        f"The object is in version {stored.current} now, not in version {expected}.{what}"
        " Read the object again and repeat your change.",
        facts={"version": stored.current, "changedFields": changed},
    )


def _camel_case(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
