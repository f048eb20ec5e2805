"""Tables with organisations' data are isolated, and could be divided by organisation."""

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from deploy.local.topology import SERVICES

_TENANT_TABLES = """
SELECT relname, relrowsecurity AND relforcerowsecurity AS forced,
  coalesce((
    SELECT bool_and(qual LIKE '%%org_id%%' AND qual LIKE '%%app.org_id%%')
    FROM pg_policies WHERE tablename = relname AND schemaname = 'public'
  ), false) AS isolated
FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace
  AND attname = 'org_id' AND NOT attisdropped
"""

_UNIQUE_WITHOUT_ORGANISATION = """
SELECT index.relname FROM pg_index
JOIN pg_class AS index ON index.oid = indexrelid
JOIN pg_attribute AS org ON org.attrelid = indrelid AND org.attname = 'org_id'
WHERE index.relnamespace = 'public'::regnamespace AND indisunique
  AND NOT org.attisdropped AND NOT org.attnum = ANY (indkey)
"""
_REASONS = Path(__file__).with_name("unique_constraints.toml")


@pytest.mark.parametrize("service", SERVICES)
def test_every_table_with_organisations_data_is_isolated_by_organisation(
    service: str, migrated_database: Callable[[str], str]
) -> None:
    with psycopg.connect(migrated_database(service)) as connection:
        tables = connection.execute(_TENANT_TABLES.encode()).fetchall()
    assert tables, "no table of this service names an organisation"
    assert [name for name, forced, isolated in tables if not (forced and isolated)] == []


_OWN_TABLES = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace
  AND pg_has_role(relowner, 'MEMBER')
"""


@pytest.mark.parametrize("service", SERVICES)
def test_the_role_of_a_service_can_not_turn_off_row_level_security(
    service: str, migrated_database: Callable[[str], str]
) -> None:
    with psycopg.connect(migrated_database(service), autocommit=True) as connection:
        assert connection.execute(_OWN_TABLES).fetchall() == []
        for change in ("ALTER TABLE outbox DISABLE TRIGGER ALL", "CREATE TABLE mine ()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(change)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("UPDATE alembic_version SET version_num = version_num")


@pytest.mark.parametrize("service", SERVICES)
def test_a_unique_constraint_contains_the_organisation_or_is_named_with_its_reason(
    service: str, migrated_database: Callable[[str], str]
) -> None:
    reasons = tomllib.loads(_REASONS.read_text(encoding="utf-8"))
    named = Counter(name for reason in reasons.values() for name in reason.get(service, ()))
    with psycopg.connect(migrated_database(service)) as connection:
        found = connection.execute(_UNIQUE_WITHOUT_ORGANISATION.encode()).fetchall()
    assert named == Counter(name for (name,) in found)
