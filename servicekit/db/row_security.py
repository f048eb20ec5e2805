"""Row-level security, for migrations: the second wall behind every query's org predicate."""

from alembic import op

# The sub-selects are evaluated once per query and not once per row.
_POLICY = """
CREATE POLICY org_isolation ON {table}
USING (
  org_id = (SELECT NULLIF(current_setting('app.org_id', true), '')::uuid)
  OR (SELECT current_setting('app.scope', true)) = 'system'
)
"""


def isolate_by_org(*tables: str) -> None:
    """Make ``tables`` show a transaction only the rows of its own organisation.

    FORCE binds the tables' owner too, which is the role that the service runs as.
    """
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(_POLICY.format(table=table))
