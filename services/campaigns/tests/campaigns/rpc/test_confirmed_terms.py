"""Campaigns are sent with the text, prices and segment counts that the user confirmed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Conflict
from servicekit.identity import acting_as
from services.campaigns.tests.builders import a_campaign, a_template
from services.campaigns.tests.campaigns.rpc.test_counted_texts import CURLY, set_smart_encoding
from services.campaigns.tests.campaigns.rpc.test_quick_quote import quote
from services.campaigns.tests.campaigns.rpc.test_quick_send import send
from services.campaigns.tests.campaigns.rpc.test_test_sends import ask
from services.campaigns.tests.marketer import DONE, PAUSED, SCHEDULED, Marketer
from services.campaigns.tests.organisation import Neighbours, Organisation, phone
from services.messaging.sending.providers import prices
from smsblaster.campaigns.v1 import campaigns_pb2 as pb
from smsblaster.campaigns.v1 import templates_pb2, templates_pb2_grpc
from smsblaster.messaging.v1 import (
    messages_pb2,
    messages_pb2_grpc,
    sending_settings_pb2,
    sending_settings_pb2_grpc,
)
from tests.fixtures.running import Running
from tests.fixtures.waiting import wait_until

GB = "+447400123456"

pytestmark = [pytest.mark.jobs, pytest.mark.usefixtures("sender")]


async def set_price(neighbours: Neighbours, cents: int) -> None:
    """Set billing's price of a segment to the US."""
    statement = text("UPDATE prices SET cents_per_segment = :cents WHERE country = 'US'")
    async with neighbours.billing_database.system() as connection:
        await connection.execute(statement, {"cents": cents})


async def until_quoted(campaigns: Running, organisation: Organisation, cents: int) -> Any:
    """Wait until the quote for a text of one segment is `cents`, and return it."""

    async def quoted() -> Any:
        found = await quote(campaigns, organisation.person, message="Hi", numbers=[phone(0)])
        return found if found.total_cents == cents else None

    return await wait_until(quoted, message="the new price is quoted")


@pytest.fixture(autouse=True)
async def _usual_price(
    campaigns: Running,
    organisation: Organisation,
    neighbours: Neighbours,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[None]:
    monkeypatch.setattr(prices, "_FRESH_SECONDS", 0.1)
    await set_price(neighbours, 1)
    await until_quoted(campaigns, organisation, 1)
    yield
    await set_price(neighbours, 1)


async def make_due(database: Database, campaign_id: str) -> None:
    """Move the time of a scheduled campaign into the past."""
    statement = text("UPDATE sms_campaigns SET schedule_at = now() WHERE id = :id")
    async with database.system() as connection:
        await connection.execute(statement, {"id": UUID(campaign_id)})


async def allow(organisation: Organisation, *countries: str) -> None:
    """Allow the organisation to send only to these countries."""
    messaging = organisation.neighbours.messaging
    stub = sending_settings_pb2_grpc.SendingSettingsServiceStub(messaging.channel)
    limits = sending_settings_pb2.PutSendingSettingsRequest(allowed_countries=countries)
    with acting_as(organisation.person.identity()):
        await messaging.caller().call(stub.PutSendingSettings, limits)


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


async def test_a_campaign_is_charged_at_the_price_of_the_time_when_it_was_scheduled(
    campaigns: Running, organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    created = await marketer.create(
        list_id=await organisation.a_list_of(12), schedule_at=tomorrow()
    )
    assert (await ask(marketer, "QuoteCampaign", created.id)).total_cents == 12
    await set_price(organisation.neighbours, 3)
    await until_quoted(campaigns, organisation, 3)
    assert (await ask(marketer, "QuoteCampaign", created.id)).total_cents == 12
    await make_due(database, created.id)
    await marketer.until(created.id, DONE)
    assert await organisation.balance() == 1000 - 12


async def test_rescheduling_confirms_current_prices_and_renaming_does_not(
    campaigns: Running, organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list_of(2), schedule_at=tomorrow())
    await set_price(organisation.neighbours, 3)
    await until_quoted(campaigns, organisation, 3)
    await marketer.update(created.id, name="Another name")
    assert (await ask(marketer, "QuoteCampaign", created.id)).total_cents == 2
    await marketer.update(created.id, schedule_at=tomorrow())
    assert (await ask(marketer, "QuoteCampaign", created.id)).total_cents == 6


async def test_a_template_edit_does_not_change_a_confirmed_text(
    organisation: Organisation, marketer: Marketer, database: Database, campaigns: Running
) -> None:
    template_id = str(await a_template(database, organisation.person, "Doors open at 7"))
    created = await marketer.create(
        list_id=await organisation.a_list_of(2), template_id=template_id, schedule_at=tomorrow()
    )
    assert created.status == SCHEDULED
    stub = templates_pb2_grpc.TemplateServiceStub(campaigns.channel)
    request = templates_pb2.UpdateTemplateRequest(id=template_id, content="x" * 1600)
    with acting_as(organisation.person.identity()):
        await campaigns.caller().call(stub.UpdateTemplate, request)
    assert (await ask(marketer, "QuoteCampaign", created.id)).total_cents == 2
    await make_due(database, created.id)
    await marketer.until(created.id, DONE)
    assert organisation.received() == {
        (phone(0), "Doors open at 7"): 1,
        (phone(1), "Doors open at 7"): 1,
    }


async def test_a_paused_campaign_resumes_at_the_quoted_prices(
    campaigns: Running, organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    list_id = UUID(await organisation.a_list_of(2))
    campaign_id = await a_campaign(database, organisation.person, "paused", list_id=list_id)
    old = (await ask(marketer, "QuoteCampaign", campaign_id)).price_version
    await set_price(organisation.neighbours, 3)
    await until_quoted(campaigns, organisation, 3)
    with pytest.raises(Conflict) as caught:
        await marketer.ask(
            "ResumeCampaign", pb.ResumeCampaignRequest(id=str(campaign_id), price_version=old)
        )
    assert caught.value.code == "price_changed"
    assert (await marketer.on("GetCampaign", campaign_id)).status == PAUSED
    quoted = await ask(marketer, "QuoteCampaign", campaign_id)
    resume = pb.ResumeCampaignRequest(id=str(campaign_id), price_version=quoted.price_version)
    await marketer.ask("ResumeCampaign", resume)
    await marketer.until(str(campaign_id), DONE)
    assert quoted.total_cents == 1000 - await organisation.balance() == 6


async def test_a_campaign_is_not_started_or_scheduled_with_an_outdated_quote(
    campaigns: Running, organisation: Organisation, marketer: Marketer
) -> None:
    created = await marketer.create(list_id=await organisation.a_list_of(2))
    old = (await ask(marketer, "QuoteCampaign", created.id)).price_version
    await set_price(organisation.neighbours, 3)
    await until_quoted(campaigns, organisation, 3)
    (later := Timestamp()).FromDatetime(tomorrow())
    for method, request in (
        ("SendCampaign", pb.SendCampaignRequest(id=created.id, price_version=old)),
        (
            "UpdateCampaign",
            pb.UpdateCampaignRequest(id=created.id, schedule_at=later, price_version=old),
        ),
    ):
        with pytest.raises(Conflict) as caught:
            await marketer.ask(method, request)
        assert caught.value.code == "price_changed"
    assert await marketer.on("GetCampaign", created.id) == created
    quoted = await ask(marketer, "QuoteCampaign", created.id)
    started = pb.SendCampaignRequest(id=created.id, price_version=quoted.price_version)
    await marketer.ask("SendCampaign", started)
    await marketer.until(created.id, DONE)
    assert quoted.total_cents == 1000 - await organisation.balance() == 6


async def test_a_campaign_does_not_start_with_the_quote_of_another_text(
    organisation: Organisation, marketer: Marketer, database: Database, campaigns: Running
) -> None:
    template_id = str(await a_template(database, organisation.person, "Doors open at 7"))
    created = await marketer.create(list_id=await organisation.a_list(), template_id=template_id)
    quoted = await ask(marketer, "QuoteCampaign", created.id)
    stub = templates_pb2_grpc.TemplateServiceStub(campaigns.channel)
    request = templates_pb2.UpdateTemplateRequest(id=template_id, content="x" * 1600)
    with acting_as(organisation.person.identity()):
        await campaigns.caller().call(stub.UpdateTemplate, request)
    start = pb.SendCampaignRequest(id=created.id, price_version=quoted.price_version)
    with pytest.raises(Conflict) as caught:
        await marketer.ask("SendCampaign", start)
    assert caught.value.code == "price_changed"


async def test_a_single_message_or_batch_with_an_outdated_quote_is_not_sent(
    campaigns: Running, organisation: Organisation
) -> None:
    old = (await until_quoted(campaigns, organisation, 1)).price_version
    await set_price(organisation.neighbours, 3)
    new = (await until_quoted(campaigns, organisation, 3)).price_version
    messaging = organisation.neighbours.messaging
    stub = messages_pb2_grpc.MessageServiceStub(messaging.channel)

    async def batch(version: str) -> messages_pb2.SendBatchResponse:
        request = messages_pb2.SendBatchRequest(
            numbers=[phone(1), phone(2)], message="Hi", price_version=version
        )
        with acting_as(organisation.person.identity()):
            return await messaging.caller().call(stub.SendBatch, request)

    for refused in (
        send(campaigns, organisation.person, message="Hi", price_version=old),
        batch(old),
    ):
        with pytest.raises(Conflict) as caught:
            await refused
        assert caught.value.code == "price_changed"
    assert await organisation.balance() == 1000
    sent = await send(campaigns, organisation.person, message="Hi", price_version=new)
    assert (sent.price_cents, (await batch(new)).sent) == (3, 2)
    assert await organisation.balance() == 1000 - 9


async def test_a_campaign_pauses_when_new_limits_exclude_confirmed_recipients(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    ids = await organisation.contact_ids([phone(0), GB])
    created = await marketer.create(list_id=await organisation.a_list(ids), schedule_at=tomorrow())
    await allow(organisation, "US")
    await make_due(database, created.id)
    paused = await marketer.until(created.id, PAUSED)
    assert paused.status_reason == "sending_limits_changed"
    await marketer.on("ResumeCampaign", created.id)
    await marketer.until(created.id, DONE)
    assert (await marketer.metrics(created.id)).invalid == 1
    assert [number for number, _ in organisation.received()] == [phone(0)]


async def test_recipients_excluded_at_confirmation_get_no_message(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    await allow(organisation, "US")
    ids = await organisation.contact_ids([phone(0), GB])
    created = await marketer.create(list_id=await organisation.a_list(ids), schedule_at=tomorrow())
    quoted = await ask(marketer, "QuoteCampaign", created.id)
    await allow(organisation)
    await make_due(database, created.id)
    await marketer.until(created.id, DONE)
    assert (quoted.total_cents, quoted.invalid) == (1, 1)
    assert [number for number, _ in organisation.received()] == [phone(0)]


async def test_a_campaign_pauses_when_a_country_is_no_longer_offered(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    ids = await organisation.contact_ids([phone(0), GB])
    created = await marketer.create(list_id=await organisation.a_list(ids), schedule_at=tomorrow())
    assert (await ask(marketer, "QuoteCampaign", created.id)).recipients == 2
    billing = organisation.neighbours.billing_database
    async with billing.system() as connection:
        cents = await connection.scalar(
            text("DELETE FROM prices WHERE country = 'GB' RETURNING cents_per_segment")
        )
    try:
        draft = await marketer.create(list_id=await organisation.a_list(ids))

        async def withdrawn() -> bool:
            return bool((await ask(marketer, "QuoteCampaign", draft.id)).recipients == 1)

        await wait_until(withdrawn, message="the country is no longer offered")
        await make_due(database, created.id)
        paused = await marketer.until(created.id, PAUSED)
        assert paused.status_reason == "destination_withdrawn"
    finally:
        async with billing.system() as connection:
            await connection.execute(
                text("INSERT INTO prices (country, cents_per_segment) VALUES ('GB', :cents)"),
                {"cents": cents},
            )


async def test_a_smart_encoding_change_does_not_affect_a_confirmed_campaign(
    organisation: Organisation, marketer: Marketer, database: Database
) -> None:
    created = await marketer.create(
        list_id=await organisation.a_list_of(2), message=CURLY, schedule_at=tomorrow()
    )
    await set_smart_encoding(organisation, False)
    assert (await ask(marketer, "QuoteCampaign", created.id)).total_cents == 2
    await make_due(database, created.id)
    await marketer.until(created.id, DONE)
    as_sent = '"' + "a" * 75 + '"'
    assert organisation.received() == {(phone(0), as_sent): 1, (phone(1), as_sent): 1}
    assert await organisation.balance() == 998
