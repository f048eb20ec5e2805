"""Store messages that are known only from Twilio's callbacks, because we have no row of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.phones import canonical
from services.messaging.sending.storage import transitions


@dataclass(frozen=True, slots=True)
class ReportedMessage:
    """A message as a callback describes it.

    `named`: whether `id` comes from the URL of the callback.
    """

    id: UUID
    named: bool
    org_id: UUID
    form: Mapping[str, str]
    received_at: datetime


async def store(connection: AsyncConnection, reported: Sequence[ReportedMessage]) -> None:
    """Store each message whose id and SID are not stored yet. These messages are not charged."""
    await connection.execute(
        transitions.STORE_REPORTED,
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
