"""Erase a person from messages, conversations, scheduled sends and lookups.

A message keeps its status, price and campaign. The contact's id stays in it: the contacts service
then has no contact with this id.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.removals import Person

_PENDING = text("""
SELECT id FROM sms_messages
WHERE org_id = :org_id AND contact_id = ANY(CAST(:ids AS uuid[])) AND status = 'pending'
  AND charged
ORDER BY id LIMIT :limit
""")

# Only a message that is known from Twilio alone has no contact.
_NOT_ERASED = """
SELECT id, status, refund_due, created_at FROM sms_messages
WHERE org_id = :org_id
  AND (contact_id = ANY(CAST(:ids AS uuid[]))
    OR contact_id IS NULL AND to_number = ANY(CAST(:numbers AS text[])))
  AND CASE direction WHEN 'out' THEN to_number ELSE from_number END
    IS DISTINCT FROM 'erased'
"""

# A message for which Twilio never reports a final status is settled after seven days.
_SETTLED = text(
    _NOT_ERASED
    + """AND NOT refund_due
  AND (status NOT IN ('pending', 'sending', 'unknown', 'queued', 'sent')
    OR status IN ('queued', 'sent') AND created_at < now() - interval '7 days')
ORDER BY id LIMIT :limit FOR UPDATE
"""
)

_NEXT = text(_NOT_ERASED + "LIMIT 1")

_ERASE = text("""
UPDATE sms_messages SET body = '', raw_payload = NULL, raw_payload_at = NULL, reference = NULL,
  metadata = NULL, error_message = NULL,
  to_number = CASE direction WHEN 'out' THEN 'erased' ELSE to_number END,
  from_number = CASE direction WHEN 'in' THEN 'erased' ELSE from_number END
WHERE org_id = :org_id AND id = ANY(CAST(:ids AS uuid[]))
""")

# The job forget-media deletes the files and then the rows.
_ERASE_MORE = (
    text("""
    UPDATE message_search SET words = ''
    WHERE org_id = :org_id AND message_id = ANY(CAST(:ids AS uuid[]))
    """),
    text("""
    UPDATE delivery_events SET payload = '{}'
    WHERE org_id = :org_id AND message_id = ANY(CAST(:ids AS uuid[]))
    """),
    text("""
    UPDATE message_media SET status = 'deleted', source_url = ''
    WHERE org_id = :org_id AND message_id = ANY(CAST(:ids AS uuid[]))
    """),
)

_DELETE_CONVERSATIONS = text("""
DELETE FROM message_threads WHERE org_id = :org_id AND contact_id = ANY(CAST(:ids AS uuid[]))
""")

_SENDS_TO_PERSON = """
SELECT recipient.scheduled_id FROM scheduled_sends AS send
JOIN scheduled_recipients AS recipient
  ON recipient.scheduled_id = send.id AND recipient.org_id = :org_id
WHERE send.org_id = :org_id AND {condition} AND (
  recipient.contact_id = ANY(CAST(:ids AS uuid[]))
  OR recipient.phone = ANY(CAST(:numbers AS text[]))
)
"""

# A text or a reply has one recipient, and its text may be about the person.
_CANCEL_SCHEDULED = """
UPDATE scheduled_sends SET body = '', reference = NULL, metadata = NULL, updated_at = now(),
  status = CASE WHEN status IN ('scheduled', 'held') THEN 'cancelled' ELSE status END,
  status_reason = CASE WHEN status = 'held' THEN NULL ELSE status_reason END
WHERE org_id = :org_id AND status <> 'sending' AND id IN ({sends})
"""
_CANCEL_SINGLE = text(
    _CANCEL_SCHEDULED.format(
        sends=_SENDS_TO_PERSON.format(condition="send.kind IN ('text', 'reply')")
    )
)

_ERASE_OF = """
UPDATE scheduled_recipients SET number = 'erased', phone = 'erased', contact_id = NULL,
  own_body = NULL, reference = NULL, metadata = NULL, message_id = NULL,
  state = CASE state WHEN 'waiting' THEN 'refused' ELSE state END,
  refusal_code = CASE state WHEN 'waiting' THEN 'opted_out' ELSE refusal_code END,
  refusal = CASE state WHEN 'waiting' THEN 'This person was erased.' ELSE refusal END
WHERE org_id = :org_id AND scheduled_id IN ({sends}) AND (
  contact_id = ANY(CAST(:ids AS uuid[])) OR phone = ANY(CAST(:numbers AS text[]))
)
"""
_ERASE_RECIPIENTS = text(
    _ERASE_OF.format(sends=_SENDS_TO_PERSON.format(condition="send.status <> 'sending'"))
)

_BEING_SENT = text(_SENDS_TO_PERSON.format(condition="send.status = 'sending'") + "LIMIT 1")

# A lookup that is not paid for yet is settled first.
_DELETE_LOOKUPS = text("""
DELETE FROM phone_lookups
WHERE org_id = :org_id AND phone = ANY(CAST(:numbers AS text[])) AND charge_id IS NULL
""")


async def pending(
    connection: AsyncConnection, org_id: UUID, person: Person, limit: int
) -> Sequence[UUID]:
    """Return up to `limit` messages to a person that wait to be sent."""
    return (await connection.scalars(_PENDING, _values(org_id, person, limit))).all()


async def erase_messages(
    connection: AsyncConnection, org_id: UUID, person: Person, limit: int
) -> int:
    """Erase a person from up to `limit` messages whose status no longer changes."""
    ids = (await connection.scalars(_SETTLED, _values(org_id, person, limit))).all()
    for statement in (_ERASE, *_ERASE_MORE):
        await connection.execute(statement, {"org_id": org_id, "ids": ids})
    return len(ids)


async def erase_others(
    connection: AsyncConnection, org_id: UUID, person: Person
) -> Mapping[str, int]:
    """Delete a person's conversations and lookups, and erase recipients of scheduled sends.

    Returns the counts.
    """
    values = _values(org_id, person)
    await connection.execute(_CANCEL_SINGLE, values)
    recipients = await connection.execute(_ERASE_RECIPIENTS, values)
    conversations = await connection.execute(_DELETE_CONVERSATIONS, values)
    lookups = await connection.execute(_DELETE_LOOKUPS, values)
    note(connection, *(Hint(org_id, Topic.CONVERSATION, each) for each in person.contact_ids))
    return {
        "scheduled_recipients": recipients.rowcount,
        "conversations": conversations.rowcount,
        "lookups": lookups.rowcount,
    }


async def any_left(connection: AsyncConnection, org_id: UUID, person: Person) -> bool:
    """Return whether a message to the person, or from the person, is on its way."""
    values = _values(org_id, person)
    for statement in (_NEXT, _BEING_SENT):
        if (await connection.execute(statement, values)).first():
            return True
    return False


def _values(org_id: UUID, person: Person, limit: int = 0) -> dict[str, object]:
    return {
        "org_id": org_id,
        "ids": [*person.contact_ids],
        "numbers": [*person.numbers],
        "limit": limit,
    }
