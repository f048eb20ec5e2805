"""Create the tables of contacts, tags, lists and opt statuses, with search words and counts."""

from alembic import op

from servicekit import jobs
from servicekit.bus import inbox, outbox
from servicekit.db.row_security import isolate_by_org

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Deleted contacts keep their row: the history refers to it, and an opt-out belongs to the number.
TABLES = r"""
CREATE TABLE contacts (
  id uuid CONSTRAINT pk_contacts PRIMARY KEY,
  org_id uuid NOT NULL,
  phone text NOT NULL
    CONSTRAINT ck_contacts_phone CHECK (phone ~ '^(\+[1-9][0-9]{6,14}|[0-9]{3,8})$'),
  first_name text CONSTRAINT ck_contacts_first_name CHECK (length(first_name) BETWEEN 1 AND 100),
  last_name text CONSTRAINT ck_contacts_last_name CHECK (length(last_name) BETWEEN 1 AND 100),
  email text CONSTRAINT ck_contacts_email CHECK (length(email) BETWEEN 3 AND 254),
  opted_out_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT uq_contacts_org_id_phone UNIQUE (org_id, phone)
);
CREATE INDEX ix_contacts_org_id_id ON contacts (org_id, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX ix_contacts_opted_out ON contacts (org_id, phone) WHERE opted_out_at IS NOT NULL;

CREATE TABLE contact_opt_status (
  contact_id uuid CONSTRAINT pk_contact_opt_status PRIMARY KEY
    CONSTRAINT fk_contact_opt_status_contact_id REFERENCES contacts (id),
  org_id uuid NOT NULL,
  status text NOT NULL
    CONSTRAINT ck_contact_opt_status_status CHECK (status IN ('opted_in', 'opted_out')),
  updated_at timestamptz NOT NULL
);

CREATE TABLE tags (
  id uuid CONSTRAINT pk_tags PRIMARY KEY,
  org_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT ck_tags_name CHECK (length(name) BETWEEN 1 AND 50),
  contact_count bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_tags_contact_count CHECK (contact_count >= 0)
);
CREATE UNIQUE INDEX uq_tags_org_id_name ON tags (org_id, lower(name));

CREATE TABLE contact_tags (
  tag_id uuid NOT NULL CONSTRAINT fk_contact_tags_tag_id REFERENCES tags (id),
  contact_id uuid NOT NULL CONSTRAINT fk_contact_tags_contact_id REFERENCES contacts (id),
  org_id uuid NOT NULL,
  CONSTRAINT pk_contact_tags PRIMARY KEY (tag_id, contact_id)
);
CREATE INDEX ix_contact_tags_contact_id ON contact_tags (contact_id);

CREATE TABLE contact_lists (
  id uuid CONSTRAINT pk_contact_lists PRIMARY KEY,
  org_id uuid NOT NULL,
  name text NOT NULL CONSTRAINT ck_contact_lists_name CHECK (length(name) BETWEEN 1 AND 100),
  member_count bigint NOT NULL DEFAULT 0
    CONSTRAINT ck_contact_lists_member_count CHECK (member_count >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT uq_contact_lists_org_id_name UNIQUE (org_id, name)
);
CREATE INDEX ix_contact_lists_org_id_id ON contact_lists (org_id, id DESC);

CREATE TABLE contact_list_members (
  list_id uuid NOT NULL
    CONSTRAINT fk_contact_list_members_list_id REFERENCES contact_lists (id) ON DELETE CASCADE,
  contact_id uuid NOT NULL
    CONSTRAINT fk_contact_list_members_contact_id REFERENCES contacts (id),
  org_id uuid NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT pk_contact_list_members PRIMARY KEY (list_id, contact_id)
);
CREATE INDEX ix_contact_list_members_contact_id ON contact_list_members (contact_id);

-- How many contacts an organisation has. Counting a million rows would be too slow.
CREATE TABLE contact_counts (
  org_id uuid CONSTRAINT pk_contact_counts PRIMARY KEY,
  contact_count bigint NOT NULL
    CONSTRAINT ck_contact_counts_contact_count CHECK (contact_count >= 0)
);

-- The search words of a contact; no row for a deleted one. Only a trigger writes it.
CREATE TABLE contact_search (
  contact_id uuid CONSTRAINT pk_contact_search PRIMARY KEY,
  org_id uuid NOT NULL,
  words tsvector NOT NULL
);
-- A longer pending list than the default merges entries in larger batches: imports are 40 % faster.
CREATE INDEX ix_contact_search_words ON contact_search USING gin (words)
  WITH (gin_pending_list_limit = 16384);
"""

# Folds text to lower case without accents and with one form of the letter sigma. ASCII text, which
# is the most frequent, only needs lower case.
FOLD = """
CREATE FUNCTION contact_fold(folded text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
  lower(regexp_replace(normalize(folded, NFKD), U&'[\\0300-\\036F]', '', 'g')),
  U&'\\03C2', U&'\\03C3'
);
"""

# Words begin with the end of the organisation's id, so that a search reads no other organisation's
# part of the index. The words of a phone number are its country code, its national number and,
# after ~, all digits in reverse, so that a search for its last digits finds it.
# services/contacts/domain/search.py builds queries for the same words. One statement computes the
# words. For ASCII text it calls no function per row, because that would halve the speed of imports.
KEEP_SEARCH = r"""
CREATE FUNCTION keep_contact_search() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  INSERT INTO contact_search (contact_id, org_id, words)
  SELECT id, org_id, CASE WHEN deleted_at IS NOT NULL THEN '' ELSE array_to_tsvector(array_remove(
    string_to_array(key || replace(
      translate(
        CASE WHEN octet_length(plain) = length(plain) THEN lower(plain)
          ELSE contact_fold(plain) END,
        U&' .,;:!?*_''"()<>[]{}|\\/&+-@\2018\2019\0009\000A\000D',
        repeat(' ', 40)
      )
      || ' ' || domain
      || CASE WHEN domain LIKE '%.%.%' THEN ' ' || substr(domain, strpos(domain, '.') + 1)
        ELSE '' END
      || ' ' || left(phone, code) || ' ' || substr(phone, code + 1)
      || ' ~' || reverse(ltrim(phone, '+')),
      ' ', ' ' || key
    ), ' '), key)) END
  FROM (
    SELECT id, org_id, phone, deleted_at,
      right(org_id::text, 8) AS key,
      coalesce(first_name, '') || ' ' || coalesce(last_name, '')
        || ' ' || split_part(coalesce(email, ''), '@', 1) AS plain,
      lower(split_part(coalesce(email, ''), '@', 2)) AS domain,
      CASE
        WHEN phone !~ '^\+' THEN 0
        WHEN phone ~ '^\+[17]' THEN 2
        WHEN phone ~ '^\+(2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])' THEN 3
        ELSE 4
      END AS code
    FROM fresh
  ) AS contact
  ON CONFLICT (contact_id) DO UPDATE SET words = excluded.words
    WHERE contact_search.words <> excluded.words;
  RETURN NULL;
END $body$;
CREATE TRIGGER tr_contacts_1_search_insert AFTER INSERT ON contacts
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keep_contact_search();
CREATE TRIGGER tr_contacts_1_search_update AFTER UPDATE ON contacts
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keep_contact_search();
"""

# Triggers update the counts, so that no statement can forget them. The rows of counts are locked
# after the contacts. Transition tables are never joined with each other, because the plan is made
# for the few rows of the first statement and would be very slow for five thousand rows. The locks
# don't block foreign key checks of other transactions, and a transaction that adds contacts to a
# list makes these checks before it locks the list's count.
KEEP_COUNTS = """
CREATE FUNCTION keep_contact_count() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO contact_counts (org_id, contact_count)
    SELECT org_id, count(*) FROM fresh WHERE deleted_at IS NULL GROUP BY org_id ORDER BY org_id
    ON CONFLICT (org_id) DO UPDATE
      SET contact_count = contact_counts.contact_count + excluded.contact_count;
  ELSE
    UPDATE contact_counts SET contact_count = contact_count + change.difference
    FROM (
      SELECT org_id, sum(alive) AS difference FROM (
        SELECT org_id, (deleted_at IS NULL)::int AS alive FROM fresh
        UNION ALL
        SELECT org_id, -(deleted_at IS NULL)::int FROM stale
      ) AS both_sides GROUP BY org_id
    ) AS change
    WHERE contact_counts.org_id = change.org_id AND change.difference <> 0;
  END IF;
  RETURN NULL;
END $body$;
CREATE TRIGGER tr_contacts_2_count_insert AFTER INSERT ON contacts
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keep_contact_count();
CREATE TRIGGER tr_contacts_2_count_update AFTER UPDATE ON contacts
  REFERENCING NEW TABLE AS fresh OLD TABLE AS stale
  FOR EACH STATEMENT EXECUTE FUNCTION keep_contact_count();

CREATE FUNCTION keep_tag_count() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM FROM tags WHERE id IN (SELECT tag_id FROM changed)
  ORDER BY id FOR NO KEY UPDATE;
  UPDATE tags
  SET contact_count = contact_count + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END * change.number
  FROM (SELECT tag_id, count(*) AS number FROM changed GROUP BY tag_id) AS change
  WHERE tags.id = change.tag_id;
  RETURN NULL;
END $body$;
CREATE TRIGGER tr_contact_tags_count_insert AFTER INSERT ON contact_tags
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_tag_count();
CREATE TRIGGER tr_contact_tags_count_delete AFTER DELETE ON contact_tags
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_tag_count();

CREATE FUNCTION keep_member_count() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  PERFORM FROM contact_lists WHERE id IN (SELECT list_id FROM changed)
  ORDER BY id FOR NO KEY UPDATE;
  UPDATE contact_lists
  SET member_count = member_count + CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END * change.number
  FROM (SELECT list_id, count(*) AS number FROM changed GROUP BY list_id) AS change
  WHERE contact_lists.id = change.list_id;
  RETURN NULL;
END $body$;
CREATE TRIGGER tr_contact_list_members_count_insert AFTER INSERT ON contact_list_members
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_member_count();
CREATE TRIGGER tr_contact_list_members_count_delete AFTER DELETE ON contact_list_members
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION keep_member_count();
"""

# Row-level security allows only leakproof operators to use an index, and @@ is not leakproof. So
# the search is part of the policy itself, which reads it from a setting of the transaction. Without
# a search, !- matches every row of the organisation.
ISOLATE_SEARCH = """
ALTER TABLE contact_search ENABLE ROW LEVEL SECURITY;
ALTER TABLE contact_search FORCE ROW LEVEL SECURITY;
CREATE POLICY org_isolation ON contact_search
USING (
  (
    org_id = (SELECT NULLIF(current_setting('app.org_id', true), '')::uuid)
    OR (SELECT current_setting('app.scope', true)) = 'system'
  )
  AND words @@ (SELECT coalesce(NULLIF(current_setting('app.search', true), ''), '!-')::tsquery)
)
WITH CHECK (
  org_id = (SELECT NULLIF(current_setting('app.org_id', true), '')::uuid)
  OR (SELECT current_setting('app.scope', true)) = 'system'
);
"""


def upgrade() -> None:
    for ddl in (TABLES, FOLD, KEEP_SEARCH, KEEP_COUNTS, ISOLATE_SEARCH):
        op.execute(ddl)
    for ddl in (outbox.DDL, inbox.DDL, jobs.DDL):
        op.execute(ddl)
    isolate_by_org(
        "contacts",
        "contact_opt_status",
        "tags",
        "contact_tags",
        "contact_lists",
        "contact_list_members",
        "contact_counts",
    )
