"""Add the price that a lookup was charged, so that the spending of a day can be recounted."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

CHANGES = """
ALTER TABLE phone_lookups ADD COLUMN charged_cents bigint NOT NULL DEFAULT 0
  CONSTRAINT ck_phone_lookups_charged CHECK (charged_cents >= 0);
"""


def upgrade() -> None:
    op.execute(CHANGES)
