"""Add an index of the contacts that have opted out, newest first."""

from servicekit.db.online import create_index

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OPTED_OUT = """
ON contacts (org_id, id DESC) WHERE deleted_at IS NULL AND opted_out_at IS NOT NULL
"""


def upgrade() -> None:
    create_index("ix_contacts_opted_out_newest", OPTED_OUT)
