"""Add the time zone of contacts, and import jobs with their files, which run later."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TIME_ZONES = """
ALTER TABLE contacts ADD COLUMN time_zone text
  CONSTRAINT ck_contacts_time_zone CHECK (length(time_zone) BETWEEN 1 AND 64);
"""

# A file is stored in chunks, so that no process holds all of it, and uncompressed, because
# compression would cost more than storing the file for a few minutes.
IMPORT_JOBS = """
CREATE TABLE import_jobs (
  id uuid CONSTRAINT pk_import_jobs PRIMARY KEY,
  org_id uuid NOT NULL,
  status text NOT NULL CONSTRAINT ck_import_jobs_status
    CHECK (status IN ('receiving', 'pending', 'running', 'done', 'failed')),
  mapping jsonb NOT NULL,
  list_id uuid,
  default_country text NOT NULL,
  created bigint NOT NULL DEFAULT 0,
  updated bigint NOT NULL DEFAULT 0,
  skipped bigint NOT NULL DEFAULT 0,
  errors jsonb NOT NULL DEFAULT '[]',
  failure text,
  attempts integer NOT NULL DEFAULT 0,
  leased_until timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  CONSTRAINT ck_import_jobs_finished
    CHECK ((finished_at IS NOT NULL) = (status IN ('done', 'failed'))),
  CONSTRAINT ck_import_jobs_failure CHECK ((failure IS NOT NULL) = (status = 'failed'))
);
CREATE INDEX ix_import_jobs_org_id_id ON import_jobs (org_id, id DESC);
CREATE INDEX ix_import_jobs_open ON import_jobs (leased_until)
  WHERE status IN ('pending', 'running');

CREATE TABLE import_job_chunks (
  job_id uuid NOT NULL CONSTRAINT fk_import_job_chunks_job_id
    REFERENCES import_jobs (id) ON DELETE CASCADE,
  number integer NOT NULL,
  org_id uuid NOT NULL,
  data bytea NOT NULL CONSTRAINT ck_import_job_chunks_data
    CHECK (octet_length(data) BETWEEN 1 AND 1048576),
  CONSTRAINT pk_import_job_chunks PRIMARY KEY (job_id, number)
);
ALTER TABLE import_job_chunks ALTER COLUMN data SET STORAGE EXTERNAL;
"""


def upgrade() -> None:
    op.execute(TIME_ZONES)
    op.execute(IMPORT_JOBS)
    isolate_by_org("import_jobs", "import_job_chunks")
