"""What test organisations send with: a number and a messaging service without an account.

A database constraint forbids Twilio ids and credentials in the account's row.
"""

from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.ids import new_id
from servicekit.modes import live_org_of
from services.messaging.accounts.domain.accounts import Sender
from services.messaging.accounts.domain.fixed_sender import CAPABILITIES, COUNTRY, NAME, NUMBER
from services.messaging.common.storage.tables import (
    twilio_messaging_services,
    twilio_numbers,
)
from services.messaging.common.storage.tables import twilio_subaccounts as accounts


async def prepare(connection: AsyncConnection, org_id: UUID) -> None:
    """Give the test organisation ``org_id`` an account and a phone number. Idempotent.

    The transaction must see all organisations: the test organisation is suspended if the live one
    is.
    """
    # The lock makes a suspension that has begun end first, and a later one find the new row.
    suspended_at = await connection.scalar(
        select(accounts.c.suspended_at)
        .where(accounts.c.org_id == live_org_of(org_id))
        .with_for_update(read=True)
    )
    await connection.execute(
        insert(accounts)
        .values(org_id=org_id, friendly_name=NAME, suspended_at=suspended_at)
        .on_conflict_do_nothing()
    )
    await _add_number(connection, org_id)


async def _add_number(connection: AsyncConnection, org_id: UUID) -> None:
    """Add the number and the messaging service that it is in."""
    service_sid = f"MG{org_id.hex}"
    await connection.execute(
        insert(twilio_messaging_services)
        .values(
            org_id=org_id,
            sid=service_sid,
            friendly_name=NAME,
            status_callback_url="",
            inbound_request_url="",
            sticky_sender=True,
            smart_encoding=True,
        )
        .on_conflict_do_nothing()
    )
    await connection.execute(
        insert(twilio_numbers)
        .values(
            id=new_id(),
            org_id=org_id,
            sid=f"PN{org_id.hex}",
            phone_number=NUMBER,
            country=COUNTRY,
            capabilities=list(CAPABILITIES),
            messaging_service_sid=service_sid,
        )
        .on_conflict_do_nothing()
    )


async def sender(connection: AsyncConnection, org_id: UUID) -> Sender | None:
    """Return whether the test organisation can send. None if it is not prepared."""
    has_number = exists().where(
        twilio_numbers.c.org_id == org_id, twilio_numbers.c.released_at.is_(None)
    )
    query = select(
        has_number.label("has_number"), accounts.c.suspended_at.is_not(None).label("suspended")
    )
    row = (await connection.execute(query.where(accounts.c.org_id == org_id))).first()
    return None if row is None else Sender(row.has_number, row.suspended)
