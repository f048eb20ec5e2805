"""Whether contacts may be texted, by what people said and when.

Two clocks must not be mixed. ``updated_at`` is the provider's time of the last STOP or START, by
which words are ordered in whatever order they arrive. ``held_at`` is our own time of an opt-out
that has no provider's time: one by hand, the provider's refusal, or a STOP of which the provider
could not tell the time. Decision 0019 has the rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.phones import canonical, notations
from services.contacts.storage.recipients import with_phones

Status = Literal["opted_in", "opted_out"]
Source = Literal["message", "manual"]
"""Where an opt-out or opt-in came from: a message, or a person of the organisation."""

TOLERANCE = timedelta(seconds=2)
"""How much later than a held opt-out a START must be. The provider's times and ages have a
resolution of a second each."""

_CREATE_OR_LOCK = text("""
INSERT INTO contacts AS contact (id, org_id, phone)
SELECT uuidv7(), :org_id, phone
FROM (SELECT DISTINCT unnest(CAST(:phones AS text[])) AS phone) AS wanted ORDER BY phone
ON CONFLICT ON CONSTRAINT uq_contacts_org_id_phone DO UPDATE
  SET updated_at = contact.updated_at WHERE false
""")

# Both places in one statement, so that they never differ. Arrays and no join: whatever the planner
# believes of their length, it makes no nested loop of them.
_AND_SHOW = """
UPDATE contacts
SET opted_out_at = CASE WHEN id = ANY(ARRAY(SELECT contact_id FROM said WHERE is_out))
    THEN coalesce(opted_out_at, CAST(:since AS timestamptz), now()) END,
  updated_at = now()
WHERE id = ANY(ARRAY(SELECT contact_id FROM said)) AND org_id = :org_id
"""

# Of two words of the same time the opt-out counts, whichever comes first. A START that is not
# later than a held opt-out is noted as the last word and opts nobody in.
_APPLY_KEYWORD = """
WITH heard AS (
  SELECT coalesce(clock_timestamp() - CAST(:age AS interval), CAST(:said_at AS timestamptz))
    - CAST(:tolerance AS interval) AS at
), said AS (
  INSERT INTO contact_opt_status AS standing (contact_id, org_id, status, updated_at, source)
  SELECT id, org_id, :status, :said_at, 'message'
  FROM contacts WHERE org_id = :org_id AND phone = ANY(CAST(:phones AS text[]))
  ON CONFLICT (contact_id) DO UPDATE SET
    status = CASE WHEN standing.held_at >= (SELECT at FROM heard) THEN 'opted_out'
      ELSE excluded.status END,
    held_at = CASE WHEN excluded.status = 'opted_out'
      OR standing.held_at >= (SELECT at FROM heard) THEN standing.held_at END,
    updated_at = excluded.updated_at,
    source = excluded.source
  WHERE standing.updated_at < excluded.updated_at
    OR (standing.updated_at = excluded.updated_at AND excluded.status = 'opted_out')
  RETURNING contact_id, status = 'opted_out' AS is_out
)
"""

# The last word stays, so that it is known when it comes again.
_OPT_OUT_NOW = """
WITH said AS (
  INSERT INTO contact_opt_status AS standing
    (contact_id, org_id, status, updated_at, held_at, source)
  SELECT id, org_id, 'opted_out', 'epoch', clock_timestamp(), :source
  FROM contacts WHERE org_id = :org_id AND phone = ANY(CAST(:phones AS text[]))
  ON CONFLICT (contact_id) DO UPDATE SET status = 'opted_out', held_at = excluded.held_at,
    source = excluded.source
  RETURNING contact_id, true AS is_out
)
"""

# Just after the last word that is known: that word itself, should it come again, changes nothing,
# and whatever was said after it does.
_OPT_IN = """
WITH said AS (
  INSERT INTO contact_opt_status AS standing (contact_id, org_id, status, updated_at, source)
  SELECT id, org_id, 'opted_in', 'epoch', 'manual'
  FROM contacts WHERE org_id = :org_id AND phone = ANY(CAST(:phones AS text[]))
  ON CONFLICT (contact_id) DO UPDATE SET status = 'opted_in', held_at = NULL,
    updated_at = standing.updated_at + interval '1 microsecond', source = excluded.source
  RETURNING contact_id, false AS is_out
)
"""


@dataclass(frozen=True, slots=True)
class OptKeyword:
    """What people said: ``said_at`` by the provider's clock, and its ``age`` by the same."""

    status: Status
    said_at: datetime
    age: timedelta | None = None


async def apply_keyword(
    connection: AsyncConnection, org_id: UUID, phones: Sequence[str], word: OptKeyword
) -> Sequence[RowMapping]:
    """Note a word about these numbers, unless a later one is known. Returns their contacts.

    Numbers without a contact get one. A deleted contact stays deleted. Contacts whose number is
    stored in another notation of the same line are meant as well.
    """
    said = {"status": word.status, "said_at": word.said_at, "age": word.age}
    parameters = {"since": word.said_at, **said, "tolerance": TOLERANCE}
    return await _note(connection, _APPLY_KEYWORD, org_id, phones, parameters)


async def opt_out_now(
    connection: AsyncConnection, org_id: UUID, phones: Sequence[str], source: Source
) -> Sequence[RowMapping]:
    """Opt these numbers out as of now, whatever was said before. Returns their contacts.

    Other notations of the same lines are meant as well.
    """
    return await _note(connection, _OPT_OUT_NOW, org_id, phones, {"since": None, "source": source})


async def opt_in(connection: AsyncConnection, org_id: UUID, phone: str) -> None:
    """Opt a number in by hand, until it says STOP after the last word that is known.

    Other notations of the same line are meant as well.
    """
    await _note(connection, _OPT_IN, org_id, [phone], {"since": None})


async def _note(
    connection: AsyncConnection,
    said: str,
    org_id: UUID,
    phones: Sequence[str],
    parameters: Mapping[str, object],
) -> Sequence[RowMapping]:
    ones = sorted({canonical(phone) for phone in phones})
    lines = sorted({notation for phone in ones for notation in notations(phone)})
    await connection.execute(_CREATE_OR_LOCK, {"org_id": org_id, "phones": ones})
    await connection.execute(_with_show(said), {"org_id": org_id, "phones": lines, **parameters})
    return await with_phones(connection, org_id, ones)


@cache
def _with_show(said: str) -> TextClause:
    """The statement that notes what was said and shows it on the contacts."""
    return text(said + _AND_SHOW)
