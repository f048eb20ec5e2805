"""Add the log of requests."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

# Ids begin with the time of the request, so each index is in the order of the list. Rows are added
# in the order of created_at and deleted in the same order, for which a small BRIN index is enough.
_TABLE = """
CREATE TABLE request_log (
  id uuid CONSTRAINT pk_request_log PRIMARY KEY,
  org_id uuid NOT NULL,
  request_id text NOT NULL,
  api_key_id uuid,
  user_id uuid NOT NULL,
  method text NOT NULL,
  route text NOT NULL,
  path text NOT NULL,
  status integer NOT NULL,
  status_class integer NOT NULL GENERATED ALWAYS AS (status / 100) STORED,
  code text,
  detail text,
  faults text[] NOT NULL,
  fields text[] NOT NULL,
  duration_ms integer NOT NULL,
  address text NOT NULL,
  idempotency_key text,
  replayed boolean NOT NULL,
  request_bytes bigint,
  response_bytes bigint,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ix_request_log_org ON request_log (org_id, id);
CREATE INDEX ix_request_log_api_key ON request_log (org_id, api_key_id, id)
  WHERE api_key_id IS NOT NULL;
CREATE INDEX ix_request_log_user ON request_log (org_id, user_id, id);
CREATE INDEX ix_request_log_status ON request_log (org_id, status_class, id);
CREATE INDEX ix_request_log_method ON request_log (org_id, method, id);
CREATE INDEX ix_request_log_route ON request_log (org_id, route, id);
CREATE INDEX ix_request_log_request_id ON request_log (org_id, request_id, id);
CREATE INDEX ix_request_log_created_at ON request_log USING brin (created_at);
"""


def upgrade() -> None:
    op.execute(_TABLE)
    isolate_by_org("request_log")
