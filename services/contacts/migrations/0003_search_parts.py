"""Divide an organisation's contacts by age into parts of ten to fifteen thousand, for searches.

The words of a contact begin with its part, so that a search can read the newest parts first and
stop. So the cost of a search does not grow with the organisation.
"""

from alembic import op

from servicekit.db.row_security import isolate_by_org

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Part 0 has the contacts up to the first row's after_id, part n those after its own after_id. A
# closed part gets no further contacts, and the part of a contact never changes: ids grow with time,
# and after_id is the greatest id of the organisation when the row is inserted.
PARTS = """
CREATE TABLE contact_search_parts (
  org_id uuid NOT NULL,
  number integer NOT NULL CONSTRAINT ck_contact_search_parts_number CHECK (number > 0),
  after_id uuid NOT NULL,
  CONSTRAINT pk_contact_search_parts PRIMARY KEY (org_id, number)
);
CREATE INDEX ix_contact_search_parts_org_id_after_id ON contact_search_parts (org_id, after_id);
ALTER TABLE contact_counts ADD COLUMN part_size bigint NOT NULL DEFAULT 0
  CONSTRAINT ck_contact_counts_part_size CHECK (part_size >= 0);
"""

# The function of 0001, which now also closes the newest part when it has ten thousand contacts. It
# locks the row of counts, so that, of two transactions that add contacts, the second sees the
# counts of the first.
KEEP_COUNT = """
CREATE OR REPLACE FUNCTION keep_contact_count() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO contact_counts (org_id, contact_count, part_size)
    SELECT org_id, count(*), count(*) FROM fresh WHERE deleted_at IS NULL
    GROUP BY org_id ORDER BY org_id
    ON CONFLICT (org_id) DO UPDATE
      SET contact_count = contact_counts.contact_count + excluded.contact_count,
        part_size = contact_counts.part_size + excluded.part_size;
    INSERT INTO contact_search_parts (org_id, number, after_id)
    SELECT org_id,
      (SELECT count(*) + 1 FROM contact_search_parts AS part WHERE part.org_id = full_ones.org_id),
      (SELECT id FROM contacts WHERE contacts.org_id = full_ones.org_id AND deleted_at IS NULL
        ORDER BY id DESC LIMIT 1)
    FROM contact_counts AS full_ones
    WHERE part_size >= 10000 AND org_id IN (SELECT org_id FROM fresh);
    IF FOUND THEN
      UPDATE contact_counts SET part_size = 0
      WHERE part_size >= 10000 AND org_id IN (SELECT org_id FROM fresh);
    END IF;
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
"""

# The trigger of the counts must fire first now, because of its lock. Triggers fire in the order of
# their names.
REORDER = """
ALTER TRIGGER tr_contacts_2_count_insert ON contacts RENAME TO tr_contacts_0_count_insert;
ALTER TRIGGER tr_contacts_2_count_update ON contacts RENAME TO tr_contacts_0_count_update;
"""

# The function of 0001, now with the part in four hexadecimal digits after the organisation's key.
# Nearly all written rows are of the newest part. For other rows the part is looked up row by row.
# OFFSET 0 keeps Postgres from computing a named expression once for each use of its name.
KEEP_SEARCH = r"""
CREATE OR REPLACE FUNCTION keep_contact_search() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
  newest_of uuid;
  newest_part integer;
  newest_after uuid;
BEGIN
  SELECT one.org_id, coalesce(part.number, 0),
    coalesce(part.after_id, '00000000-0000-0000-0000-000000000000')
  INTO newest_of, newest_part, newest_after
  FROM (SELECT org_id FROM fresh LIMIT 1) AS one LEFT JOIN LATERAL (
    SELECT number, after_id FROM contact_search_parts
    WHERE contact_search_parts.org_id = one.org_id ORDER BY number DESC LIMIT 1
  ) AS part ON true;
  INSERT INTO contact_search (contact_id, org_id, words)
  SELECT id, org_id, CASE WHEN deleted_at IS NOT NULL THEN '' ELSE array_to_tsvector(array_remove(
    string_to_array(key || replace(
      translate(
        CASE WHEN octet_length(plain) = length(plain) THEN lower(plain)
          ELSE contact_fold(plain) END,
        U&' .,;:!?*_''"()<>[]{}|\\/&+-@\2018\2019\0009\000A\000D\1680\2028\2029',
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
      right(org_id::text, 8) || lpad(to_hex(
        CASE WHEN org_id = newest_of AND id > newest_after THEN newest_part
        ELSE coalesce((
          SELECT number FROM contact_search_parts AS part
          WHERE part.org_id = fresh.org_id AND part.after_id < fresh.id
          ORDER BY part.after_id DESC LIMIT 1
        ), 0) END
      ), 4, '0') AS key,
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
    OFFSET 0
  ) AS contact
  ON CONFLICT (contact_id) DO UPDATE SET words = excluded.words
    WHERE contact_search.words <> excluded.words;
  RETURN NULL;
END $body$;
"""

# Divides the existing contacts.
DIVIDE = """
SELECT set_config('app.scope', 'system', true);
INSERT INTO contact_search_parts (org_id, number, after_id)
SELECT org_id, place / 10000, id
FROM (
  SELECT org_id, id, row_number() OVER (PARTITION BY org_id ORDER BY id) AS place
  FROM contacts WHERE deleted_at IS NULL
) AS placed WHERE place % 10000 = 0;
UPDATE contact_counts SET part_size = contact_count % 10000;
UPDATE contacts SET updated_at = updated_at;
"""


def upgrade() -> None:
    op.execute(PARTS)
    isolate_by_org("contact_search_parts")
    for ddl in (KEEP_COUNT, REORDER, KEEP_SEARCH, DIVIDE):
        op.execute(ddl)
