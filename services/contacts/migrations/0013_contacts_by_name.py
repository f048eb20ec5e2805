"""Add an index of contacts by name."""

from servicekit.db.online import create_index

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Contacts without a name come last: no character sorts after the last one of Unicode.
BY_NAME = r"""
ON contacts (
  org_id,
  (lower(coalesce(last_name || ' ' || first_name, last_name, first_name, U&'\+10FFFF'))
    COLLATE "C"),
  id
) WHERE deleted_at IS NULL
"""


def upgrade() -> None:
    create_index("ix_contacts_name", BY_NAME)
