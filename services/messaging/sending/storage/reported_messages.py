"""Messages of which nothing but Twilio's callbacks is known: the rows are lost, or never were."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.phones import canonical

# Stored as sending, so that the callback moves it on like any other. A callback that does not name
# its message may be about one that is being handed over to the same number: that one will hear
# its SID from Twilio itself, so it must stay free. In one order, so that two that store the same
# wait for each other and never deadlock.
_STORE = text("""
INSERT INTO sms_messages
  (id, org_id, provider_sid, account_sid, messaging_service_sid, to_number, from_number,
   raw_payload, raw_payload_at, body, direction, status, segments, price_cents)
SELECT id, org_id, provider_sid, account_sid, messaging_service_sid, to_number, from_number,
  payload, received_at, '', 'out', 'sending', 1, 0
FROM unnest(
  CAST(:ids AS uuid[]), CAST(:named AS boolean[]), CAST(:org_ids AS uuid[]),
  CAST(:sids AS text[]), CAST(:account_sids AS text[]), CAST(:service_sids AS text[]),
  CAST(:tos AS text[]), CAST(:froms AS text[]), CAST(:payloads AS jsonb[]),
  CAST(:times AS timestamptz[])
) AS reported (id, named, org_id, provider_sid, account_sid, messaging_service_sid, to_number,
  from_number, payload, received_at)
WHERE named OR NOT EXISTS (
  SELECT FROM sms_messages AS own
  WHERE own.org_id = reported.org_id AND own.direction = 'out' AND own.provider_sid IS NULL
    AND own.status IN ('sending', 'unknown') AND own.to_number = reported.to_number
)
ORDER BY provider_sid
ON CONFLICT DO NOTHING
""")


@dataclass(frozen=True, slots=True)
class Reported:
    """What a callback tells of a message. ``named``: its ``id`` is the one in the address."""

    id: UUID
    named: bool
    org_id: UUID
    form: Mapping[str, str]
    received_at: datetime


async def store(connection: AsyncConnection, reported: Sequence[Reported]) -> None:
    """Store messages, each once, unless their id or SID is known. They cost nothing."""
    await connection.execute(
        _STORE,
        {
            "ids": [r.id for r in reported],
            "named": [r.named for r in reported],
            "org_ids": [r.org_id for r in reported],
            "sids": [r.form["MessageSid"] for r in reported],
            "account_sids": [r.form.get("AccountSid") for r in reported],
            "service_sids": [r.form.get("MessagingServiceSid") for r in reported],
            "tos": [canonical(r.form["To"]) for r in reported],
            "froms": [r.form.get("From") for r in reported],
            "payloads": [json.dumps(dict(r.form)) for r in reported],
            "times": [r.received_at for r in reported],
        },
    )
