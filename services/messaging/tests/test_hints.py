"""Open pages get hints about new messages and changed statuses."""

from uuid import UUID

import pytest

from servicekit.db.database import Database
from servicekit.hints import Hint, Topic
from services.messaging.accounts.storage import numbers
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.tenant import Tenant
from tests.fixtures.hints import hearing


async def test_a_changed_status_of_a_message_sends_a_hint_about_its_conversation(
    organisation: Organisation, nats_url: str
) -> None:
    message = await organisation.send(phone(1))
    [contact_id] = (await organisation.contact_ids([phone(1)])).values()
    async with hearing(nats_url, organisation.org_id) as hints:
        await organisation.callback(message.id, message.provider_sid, "delivered")
        await hints.wait_for(Topic.CONVERSATION, contact_id)


async def test_an_incoming_message_sends_a_hint_about_its_conversation(
    organisation: Organisation, nats_url: str
) -> None:
    async with hearing(nats_url, organisation.org_id) as hints:
        await organisation.text_in(phone(2), "Hello")
        [contact_id] = (await organisation.contact_ids([phone(2)])).values()
        await hints.wait_for(Topic.CONVERSATION, contact_id)


async def test_a_hint_is_sent_when_a_job_releases_a_phone_number(
    tenant: Tenant, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await tenant.create_subaccount()
    await tenant.create_service()
    [number] = (await tenant.buy_numbers()).numbers
    told: list[Hint] = []
    monkeypatch.setattr(database, "pass_on", told.extend)
    async with database.org(tenant.org_id) as connection:
        await numbers.release(connection, tenant.org_id, UUID(number.id), unpaid=True)
    assert told == [Hint(tenant.org_id, Topic.NUMBER)]
