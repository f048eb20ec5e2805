r"""Store search words for undecomposable letters, Arabic without vowels, and parts of CJK names.

The old words are stored together with the new ones, because the previous release searches for them.
The job ``renew-search-words`` gives existing contacts their new words; until then they are found by
the old ones.
"""

from alembic import op

from servicekit import folding

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# A name that is written without spaces is also searched with the last name before or after the
# first name.
WORDS = r"""
CREATE FUNCTION contact_plain(folded text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(
  folded, U&' .,;:!?*_''"()<>[]{}|\\/&+-@\2018\2019\0009\000A\000D\1680\2028\2029', repeat(' ', 40)
);
CREATE FUNCTION contact_words(first_name text, last_name text, local text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (
  SELECT words || ' ' || coalesce(search_suffixes(words), '')
  FROM (
    SELECT contact_plain(search_fold(concat_ws(' ', first_name, last_name, local,
      last_name || first_name, first_name || last_name))) AS words
  ) AS folded
);
ALTER TABLE contact_search ADD COLUMN words_version integer NOT NULL DEFAULT 1;
"""

# The function of 0003, with a change only for words of names that are not in ASCII.
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
  INSERT INTO contact_search (contact_id, org_id, words_version, words)
  SELECT id, org_id, 2,
    CASE WHEN deleted_at IS NOT NULL THEN '' ELSE array_to_tsvector(array_remove(
    string_to_array(key || replace(
      CASE WHEN octet_length(plain) = length(plain) THEN contact_plain(lower(plain))
        ELSE contact_plain(contact_fold(plain)) || ' '
          || contact_words(first_name, last_name, split_part(email, '@', 1)) END
      || ' ' || domain
      || CASE WHEN domain LIKE '%.%.%' THEN ' ' || substr(domain, strpos(domain, '.') + 1)
        ELSE '' END
      || ' ' || left(phone, code) || ' ' || substr(phone, code + 1)
      || ' ~' || reverse(ltrim(phone, '+')),
      ' ', ' ' || key
    ), ' '), key)) END
  FROM (
    SELECT id, org_id, phone, deleted_at, first_name, last_name, email,
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
  ON CONFLICT (contact_id) DO UPDATE
  SET words = excluded.words, words_version = excluded.words_version
    WHERE contact_search.words <> excluded.words OR contact_search.words_version <> 2;
  RETURN NULL;
END $body$;
"""


def upgrade() -> None:
    op.execute(folding.DDL)
    op.execute(WORDS)
    op.execute(KEEP_SEARCH)
