"""Opt-outs and opt-ins of contacts.

Two clocks must not be mixed. ``updated_at`` is the provider's time of the last STOP or START;
keywords are ordered by it, in whatever order they arrive. ``held_at`` is the database's time of an
opt-out without a provider's time: one by hand, one that the provider reports by refusing a message,
or a STOP whose time the provider doesn't know. Decision 0019 has the rules.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.phones import canonical, forms_of
from services.contacts.domain.opt_proof import Proof
from services.contacts.storage.customer_events import tell_opt_status
from services.contacts.storage.recipients import with_phones
from services.contacts.storage.rows import Recipient

Status = Literal["opted_in", "opted_out"]
Source = Literal["message", "manual"]
"""Where an opt-out or opt-in came from: a message, or a user of the organisation."""

TOLERANCE = timedelta(seconds=2)
"""How much later than ``held_at`` a START must be to opt a contact in. The provider's times
and ages have a resolution of one second each."""

_CREATE_OR_LOCK = text("""
INSERT INTO contacts AS contact (id, org_id, phone)
SELECT uuidv7(), :org_id, phone
FROM (SELECT DISTINCT unnest(CAST(:phones AS text[])) AS phone) AS wanted ORDER BY phone
ON CONFLICT ON CONSTRAINT uq_contacts_org_id_phone DO UPDATE
  SET updated_at = contact.updated_at WHERE false
""")

# Updates both tables in one statement, so that they never differ. Arrays instead of a join, so that
# the planner never chooses a nested loop, whatever length it expects.
_AND_SHOW = """
UPDATE contacts
SET opted_out_at = CASE WHEN id = ANY(ARRAY(SELECT contact_id FROM changed WHERE is_out))
    THEN coalesce(opted_out_at, CAST(:since AS timestamptz), now()) END,
  updated_at = now()
WHERE id = ANY(ARRAY(SELECT contact_id FROM changed)) AND org_id = :org_id
RETURNING id, new.opted_out_at IS NOT NULL AS is_out,
  (old.opted_out_at IS NULL) <> (new.opted_out_at IS NULL) AS is_new
"""

# Of two keywords with the same time the opt-out counts, whichever arrives first. A START that is
# not later than held_at is stored as the last keyword, but opts nobody in.
_APPLY_KEYWORD = """
WITH said AS (
  SELECT coalesce(clock_timestamp() - CAST(:age AS interval), CAST(:said_at AS timestamptz))
    - CAST(:tolerance AS interval) AS at
), changed AS (
  INSERT INTO contact_opt_status AS known (contact_id, org_id, status, updated_at, source)
  SELECT id, org_id, :status, :said_at, 'message'
  FROM contacts WHERE org_id = :org_id AND phone = ANY(CAST(:phones AS text[]))
  ON CONFLICT (contact_id) DO UPDATE SET
    status = CASE WHEN known.held_at >= (SELECT at FROM said) THEN 'opted_out'
      ELSE excluded.status END,
    held_at = CASE WHEN excluded.status = 'opted_out'
      OR known.held_at >= (SELECT at FROM said) THEN known.held_at END,
    updated_at = excluded.updated_at,
    source = excluded.source
  WHERE known.updated_at < excluded.updated_at
    OR (known.updated_at = excluded.updated_at AND excluded.status = 'opted_out')
  RETURNING contact_id, status = 'opted_out' AS is_out
)
"""

# Keeps the time of the last keyword, so that a repeat of it is recognised.
_OPT_OUT_NOW = """
WITH changed AS (
  INSERT INTO contact_opt_status AS known
    (contact_id, org_id, status, updated_at, held_at, source)
  SELECT id, org_id, 'opted_out', 'epoch', clock_timestamp(), :source
  FROM contacts WHERE org_id = :org_id AND phone = ANY(CAST(:phones AS text[]))
  ON CONFLICT (contact_id) DO UPDATE SET status = 'opted_out', held_at = excluded.held_at,
    source = excluded.source
  RETURNING contact_id, true AS is_out
)
"""

# Stored as just after the last known keyword, so a repeat of that keyword changes nothing, and any
# later keyword counts.
_OPT_IN = """
WITH changed AS (
  INSERT INTO contact_opt_status AS known (contact_id, org_id, status, updated_at, source)
  SELECT id, org_id, 'opted_in', 'epoch', 'manual'
  FROM contacts WHERE org_id = :org_id AND phone = ANY(CAST(:phones AS text[]))
  ON CONFLICT (contact_id) DO UPDATE SET status = 'opted_in', held_at = NULL,
    updated_at = known.updated_at + interval '1 microsecond', source = excluded.source
  RETURNING contact_id, false AS is_out
)
"""


_PROOF = text("SELECT set_config('smsblaster.opt_proof', :proof, true)")
_NO_PROOF = Proof()


@dataclass(frozen=True, slots=True)
class OptKeyword:
    """A STOP or START. ``said_at`` and ``age`` are by the provider's clock."""

    status: Status
    said_at: datetime
    age: timedelta | None = None


async def apply_keyword(
    connection: AsyncConnection,
    org_id: UUID,
    phones: Sequence[str],
    keyword: OptKeyword,
    proof: Proof = _NO_PROOF,
) -> Sequence[Recipient]:
    """Apply a STOP or START to these phone numbers, unless a later one is known.

    Returns the contacts of these phone numbers. Phone numbers without a contact get one, and
    deleted contacts stay deleted. Contacts whose phone number is stored in another form are changed
    too.
    """
    values = {"status": keyword.status, "said_at": keyword.said_at, "age": keyword.age}
    parameters = {"since": keyword.said_at, **values, "tolerance": TOLERANCE}
    await _store_proof(connection, proof)
    return await _apply(connection, _APPLY_KEYWORD, org_id, phones, parameters)


async def opt_out_now(
    connection: AsyncConnection,
    org_id: UUID,
    phones: Sequence[str],
    source: Source,
    proof: Proof = _NO_PROOF,
) -> Sequence[Recipient]:
    """Opt these phone numbers out now, even if a later START is known. Returns their contacts.

    Contacts whose phone number is stored in another form are changed too.
    """
    await _store_proof(connection, proof)
    return await _apply(connection, _OPT_OUT_NOW, org_id, phones, {"since": None, "source": source})


async def opt_in(
    connection: AsyncConnection, org_id: UUID, phone: str, proof: Proof = _NO_PROOF
) -> None:
    """Opt a phone number in by hand.

    A STOP that is later than the last known STOP or START opts the phone number out again. Contacts
    whose phone number is stored in another form are changed too.
    """
    await _store_proof(connection, proof)
    await _apply(connection, _OPT_IN, org_id, [phone], {"since": None})


async def _store_proof(connection: AsyncConnection, proof: Proof) -> None:
    """Set the proof for this transaction, so that the trigger that writes the history finds it."""
    known = {name: str(value) for name, value in asdict(proof).items() if value is not None}
    await connection.execute(_PROOF, {"proof": json.dumps(known) if known else ""})


async def _apply(
    connection: AsyncConnection,
    change: str,
    org_id: UUID,
    phones: Sequence[str],
    parameters: Mapping[str, object],
) -> Sequence[Recipient]:
    canonical_phones = sorted({canonical(phone) for phone in phones})
    all_forms = sorted({form for phone in canonical_phones for form in forms_of(phone)})
    await connection.execute(_CREATE_OR_LOCK, {"org_id": org_id, "phones": canonical_phones})
    shown = (
        await connection.execute(
            _and_show_on_contacts(change), {"org_id": org_id, "phones": all_forms, **parameters}
        )
    ).all()
    for is_out in (True, False):
        ids = [row.id for row in shown if row.is_new and row.is_out == is_out]
        await tell_opt_status(connection, org_id, is_out, ids)
    found = await with_phones(connection, org_id, canonical_phones)
    note(connection, *(Hint(org_id, Topic.CONTACT, recipient.contact_id) for recipient in found))
    return found


@cache
def _and_show_on_contacts(change: str) -> TextClause:
    """Extend the SQL `change`, which stores opt statuses, to set `opted_out_at` of contacts.

    So an opt status and its contact are changed by one statement.
    """
    return text(change + _AND_SHOW)
