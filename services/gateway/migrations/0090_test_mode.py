"""Add test organisations, and API keys for test mode."""

from alembic import op

revision = "0090"
down_revision = "0061"
branch_labels = None
depends_on = None

# NOT VALID: no existing organisation is one for tests, so all satisfy the constraints. The id of a
# test organisation differs from that of the live one in its version only, so each has at most one.
_ORGS = """
ALTER TABLE orgs
  ADD COLUMN test_of uuid,
  ADD CONSTRAINT fk_orgs_test_of FOREIGN KEY (test_of) REFERENCES orgs (id) NOT VALID,
  ADD CONSTRAINT ck_orgs_test_of
    CHECK ((test_of IS NOT NULL) = (uuid_extract_version(id) IS NOT DISTINCT FROM 8)) NOT VALID,
  ADD CONSTRAINT ck_orgs_test_id
    CHECK (overlay(id::text PLACING '7' FROM 15 FOR 1) = test_of::text) NOT VALID;
"""

_KEYS = """
ALTER TABLE api_keys ADD COLUMN is_test boolean NOT NULL DEFAULT false;
"""


def upgrade() -> None:
    op.execute(_ORGS)
    op.execute(_KEYS)
