"""Seals of the ledger: the verified transactions of each account, with a sum of their hashes."""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = """
-- Transactions that are not sealed yet, as they were when they were inserted. Each is put here by
-- the database transaction that inserts it, so none is missed in any order of commits.
CREATE TABLE unsealed_transactions (
  id uuid CONSTRAINT pk_unsealed_transactions PRIMARY KEY,
  org_id uuid NOT NULL,
  user_id uuid NOT NULL,
  cents bigint NOT NULL,
  hash bigint NOT NULL
);
CREATE INDEX ix_unsealed_transactions_user_id_id ON unsealed_transactions (user_id, id);

-- One row per account. Transactions from before the seals are sealed by id, up to adopted_until.
-- Until all of them are, no new transaction of the account is sealed.
CREATE TABLE account_seals (
  user_id uuid CONSTRAINT pk_account_seals PRIMARY KEY,
  org_id uuid NOT NULL,
  cents bigint NOT NULL DEFAULT 0,
  adopted boolean NOT NULL DEFAULT false,
  adopted_until uuid
);
CREATE INDEX ix_account_seals_not_adopted ON account_seals (user_id) WHERE NOT adopted;

-- The sealed transactions of an account from from_id up to the next block. The sum of their hashes
-- does not depend on the order in which they are sealed.
CREATE TABLE seal_blocks (
  user_id uuid NOT NULL,
  from_id uuid NOT NULL,
  org_id uuid NOT NULL,
  last_id uuid NOT NULL,
  entries bigint NOT NULL,
  cents bigint NOT NULL,
  hash numeric NOT NULL,
  checked_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_seal_blocks PRIMARY KEY (user_id, from_id)
);
CREATE INDEX ix_seal_blocks_checked_at ON seal_blocks (checked_at);
"""

HASH = """
CREATE FUNCTION ledger_hash(
  id uuid, org_id uuid, user_id uuid, type text, amount_cents bigint, source text,
  external_id text, description text, topup_id uuid, created_at timestamptz
) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT ('x' || encode(substr(sha256(convert_to(concat_ws('|',
    id, org_id, user_id, type, amount_cents, source, external_id, description,
    coalesce(topup_id::text, '-'), (extract(epoch FROM created_at) * 1000000)::bigint
  ), 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint
$$;

-- Transactions as seals use them: cents, negative for debits, and the hash of the row.
CREATE VIEW ledger_entries WITH (security_invoker = true) AS
SELECT id, org_id, user_id,
  CASE type WHEN 'credit' THEN amount_cents ELSE -amount_cents END AS cents,
  ledger_hash(id, org_id, user_id, type, amount_cents, source, external_id, description, topup_id,
    created_at) AS hash
FROM billing_transactions;

CREATE FUNCTION note_unsealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO unsealed_transactions (id, org_id, user_id, cents, hash)
  SELECT id, org_id, user_id, CASE type WHEN 'credit' THEN amount_cents ELSE -amount_cents END,
    ledger_hash(id, org_id, user_id, type, amount_cents, source, external_id, description,
      topup_id, created_at)
  FROM written;
  RETURN NULL;
END $$;
CREATE TRIGGER tr_billing_transactions_unsealed
  AFTER INSERT ON billing_transactions REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION note_unsealed();
"""

# Runs after the trigger is created, because creating it waits for all writing transactions.
ACCOUNTS = """
INSERT INTO account_seals (user_id, org_id)
SELECT DISTINCT user_id, org_id FROM billing_transactions
ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    for statements in (TABLES, HASH, ACCOUNTS):
        op.execute(statements)
    isolate_by_org("unsealed_transactions", "account_seals", "seal_blocks")
