"""Store all errors of imports with their rows, and totals; imports can be cancelled."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# total_rows is null while the file is being received, and if it can't be read to its end.
JOBS = """
ALTER TABLE import_jobs
  ADD COLUMN total_rows bigint,
  ADD COLUMN headings jsonb NOT NULL DEFAULT '[]',
  DROP CONSTRAINT ck_import_jobs_status,
  ADD CONSTRAINT ck_import_jobs_status CHECK (
    status IN ('receiving', 'pending', 'running', 'done', 'failed', 'cancelled')
  ) NOT VALID,
  DROP CONSTRAINT ck_import_jobs_finished,
  ADD CONSTRAINT ck_import_jobs_finished CHECK (
    (finished_at IS NOT NULL) = (status IN ('done', 'failed', 'cancelled'))
  ) NOT VALID
"""

# The number is the position among the errors of the file, which each reading of the file repeats.
# The cells are null if the row was imported without one of its cells.
ERRORS = """
CREATE TABLE import_job_errors (
  job_id uuid NOT NULL CONSTRAINT fk_import_job_errors_job_id
    REFERENCES import_jobs (id) ON DELETE CASCADE,
  number integer NOT NULL,
  org_id uuid NOT NULL,
  row bigint NOT NULL,
  field text NOT NULL,
  message text NOT NULL,
  heading text NOT NULL,
  cells jsonb,
  CONSTRAINT pk_import_job_errors PRIMARY KEY (job_id, number)
);
"""


def upgrade() -> None:
    op.execute(JOBS)
    op.execute(ERRORS)
    isolate_by_org("import_job_errors")
