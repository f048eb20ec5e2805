"""Row-level security, for migrations.

It protects organisations' data even if a query does not name its organisation.
"""

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
    """Let a transaction see only its own organisation's rows of ``tables``.

    FORCE makes this apply to the tables' owner too, because the service runs as the owner.
    """
    for table in tables:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(_POLICY.format(table=table))
