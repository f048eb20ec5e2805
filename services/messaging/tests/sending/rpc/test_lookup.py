"""Lookups of phone numbers are charged once a day, and refunded if Twilio does not respond."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import text

from servicekit.errors import InsufficientBalance, InvalidInput, NotFound, Unavailable
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.care import Care
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc
from smsblaster.messaging.v1 import (
    lookup_pb2,
    lookup_pb2_grpc,
    sending_settings_pb2,
    sending_settings_pb2_grpc,
)
from tests.fixtures.running import Person, Running, Simulator, listening, running

LANDLINE = "+14155553006"


@dataclass
class Caller:
    """An organisation that looks phone numbers up."""

    organisation: Organisation
    care: Care

    async def look_up(self, number: str, timeout: float = 10) -> lookup_pb2.NumberLookup:
        stub = lookup_pb2_grpc.LookupServiceStub(self.organisation.messaging.channel)
        with acting_as(self.organisation.person.identity()):
            return await self.organisation.messaging.caller().call(
                stub.LookUpNumber, lookup_pb2.LookUpNumberRequest(phone=number), timeout
            )

    async def descriptions(self) -> list[str]:
        """List the organisation's charges for lookups and messages, oldest first."""
        async with self.organisation.billing_database.org(self.organisation.org_id) as connection:
            query = "SELECT description FROM billing_transactions WHERE source = 'sms' ORDER BY id"
            rows = await connection.execute(text(query))
            return list(rows.scalars())


def caller_of(
    organisation: Organisation, settings: MessagingSettings, simulator: Simulator
) -> Caller:
    tenant = Tenant(organisation.messaging, organisation.database, organisation.org_id)
    return Caller(organisation, Care(tenant, settings, simulator, organisation.account_sid))


@pytest.fixture
def caller(organisation: Organisation, settings: MessagingSettings, simulator: Simulator) -> Caller:
    return caller_of(organisation, settings, simulator)


@pytest.fixture
async def without_billing(
    settings: MessagingSettings, messaging: Running
) -> AsyncIterator[Running]:
    """Run a second server on the same database that gets no responses from billing."""
    changes = {name: listening() for name in ("ops_listen", "grpc_listen", "billing_addr")}
    async with running(app.serve, settings.model_copy(update=changes)) as service:
        yield service


async def cap(organisation: Organisation, cents: int) -> None:
    """Set the organisation's daily spending limit in cents."""
    stub = sending_settings_pb2_grpc.SendingSettingsServiceStub(organisation.messaging.channel)
    request = sending_settings_pb2.PutSendingSettingsRequest(daily_spend_cap_cents=cents)
    with acting_as(organisation.person.identity()):
        await organisation.messaging.caller().call(stub.PutSendingSettings, request)


async def test_a_number_is_looked_up_and_charged(caller: Caller) -> None:
    found = await caller.look_up("(415) 600-0001")
    assert (found.phone, found.valid, found.country) == (phone(1), True, "US")
    assert (found.line_type, found.carrier) == ("mobile", "Simulated Carrier")
    assert (found.cached, found.charged_cents) == (False, 1)
    assert found.looked_up_at.seconds > 0
    assert await caller.organisation.balance() == 999
    assert (await caller.descriptions())[-1] == "Number lookup"


async def test_a_landline_is_recognised(caller: Caller) -> None:
    assert (await caller.look_up(LANDLINE)).line_type == "landline"


async def test_a_repeated_lookup_within_a_day_is_free(caller: Caller) -> None:
    first = await caller.look_up(phone(2))
    again = await caller.look_up("1-415-600-0002")
    assert (again.cached, again.charged_cents) == (True, 0)
    assert (again.line_type, again.looked_up_at) == (first.line_type, first.looked_up_at)
    assert await caller.organisation.balance() == 999


async def test_a_lookup_after_a_day_is_charged_again(caller: Caller) -> None:
    first = await caller.look_up(phone(3))
    await caller.care.tenant.execute(
        "UPDATE phone_lookups SET looked_up_at = looked_up_at - interval '24 hours'"
        " WHERE org_id = :org_id"
    )
    again = await caller.look_up(phone(3))
    assert (again.cached, again.charged_cents) == (False, 1)
    assert again.looked_up_at.ToDatetime() > first.looked_up_at.ToDatetime()
    assert await caller.organisation.balance() == 998


async def test_concurrent_lookups_of_one_number_are_charged_once(caller: Caller) -> None:
    answers = await asyncio.gather(
        *(caller.look_up(phone(4)) for _ in range(6)), return_exceptions=True
    )
    refused = [a for a in answers if isinstance(a, BaseException)]
    assert {getattr(r, "code", "") for r in refused} <= {"lookup_under_way"}
    assert len(refused) < 6
    assert await caller.organisation.balance() == 999


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 403}, {"truncate": True}])
async def test_a_lookup_that_twilio_cannot_answer_is_refunded(
    caller: Caller, twilio: TwilioSide, fault: dict[str, int]
) -> None:
    await twilio.misbehave("GET", phone(5), **fault)
    with pytest.raises(Exception, match=r"Twilio|setup"):
        await caller.look_up(phone(5))
    assert await caller.organisation.balance() == 1000
    assert (await caller.descriptions())[-2:] == ["Number lookup", "Refund: Number lookup"]
    await twilio.behave()
    assert (await caller.look_up(phone(5))).charged_cents == 1  # at once
    assert await caller.organisation.balance() == 999


@pytest.mark.parametrize("sent", [" 447400123456", " 6512345678"])
async def test_if_a_plus_sign_was_not_url_encoded_the_error_says_so(
    caller: Caller, sent: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await caller.look_up(sent)
    assert "%2B" in refusal.value.fields[0].message
    assert "Number lookup" not in await caller.descriptions()


async def test_an_interrupted_lookup_is_refunded_by_the_job(caller: Caller) -> None:
    await caller.look_up(phone(6))
    # A process that is killed after the charge leaves the lookup open.
    async with caller.organisation.billing_database.system() as connection:
        charge_id = await connection.scalar(
            text(
                "SELECT external_id FROM billing_transactions WHERE org_id = :org_id"
                " ORDER BY id DESC LIMIT 1"
            ),
            {"org_id": caller.organisation.org_id},
        )
    await caller.care.tenant.execute(
        "UPDATE phone_lookups SET valid = NULL, looked_up_at = NULL, charge_id = :charge_id,"
        " lease_until = now() + interval '1 minute' WHERE org_id = :org_id",
        charge_id=charge_id,
    )
    with pytest.raises(Unavailable) as refusal:
        await caller.look_up(phone(6))
    assert refusal.value.code == "lookup_under_way"
    await caller.care.tenant.execute(
        "UPDATE phone_lookups SET lease_until = now() - interval '1 second' WHERE org_id = :org_id"
    )
    for _ in range(2):
        await caller.care.run("give-up-lookups")
        assert await caller.organisation.balance() == 1000
    assert not (await caller.look_up(phone(6))).cached
    assert await caller.organisation.balance() == 999


async def test_without_balance_a_lookup_is_refused_and_twilio_is_not_asked(
    poor_organisation: Organisation, settings: MessagingSettings, simulator: Simulator
) -> None:
    caller = caller_of(poor_organisation, settings, simulator)
    with pytest.raises(InsufficientBalance):
        await caller.look_up(phone(7))
    assert await caller.descriptions() == []


@pytest.mark.parametrize("number", ["abc", "+1", "911", "4156000001x5"])
async def test_an_invalid_number_is_refused(caller: Caller, number: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await caller.look_up(number)
    assert refusal.value.code == "invalid_number"
    assert [fault.field for fault in refusal.value.fields] == ["phone"]
    assert await caller.organisation.balance() == 1000


async def test_a_lookup_needs_a_twilio_account(
    bare_organisation: Organisation, settings: MessagingSettings, simulator: Simulator
) -> None:
    bare = replace(bare_organisation, person=Person(org_id=new_id()))
    with pytest.raises(NotFound) as refusal:
        await caller_of(bare, settings, simulator).look_up(phone(8))
    assert refusal.value.code == "no_subaccount"


async def test_each_organisation_pays_for_its_own_lookups(
    caller: Caller,
    other_organisation: Organisation,
    settings: MessagingSettings,
    simulator: Simulator,
) -> None:
    await caller.look_up(phone(9))
    other = caller_of(other_organisation, settings, simulator)
    assert not (await other.look_up(phone(9))).cached
    assert await other_organisation.balance() == 999


async def test_a_charge_that_comes_after_a_lookup_has_ended_is_refunded(
    caller: Caller, billing: Running, without_billing: Running
) -> None:
    lost = Caller(replace(caller.organisation, messaging=without_billing), caller.care)
    with pytest.raises(Unavailable):
        await lost.look_up(phone(10), timeout=2)
    await caller.care.run("give-up-lookups")  # not yet: the charge may still come
    async with caller.organisation.database.org(caller.organisation.org_id) as connection:
        charge_id = await connection.scalar(text("SELECT charge_id FROM phone_lookups"))
    stub = charges_pb2_grpc.ChargeServiceStub(billing.channel)
    charge = charges_pb2.MessageCharge(message_id=str(charge_id), amount_cents=1)
    person = caller.organisation.person
    with acting_as(person.identity()):
        await billing.caller("messaging").call(
            stub.ChargeBatch,
            charges_pb2.ChargeBatchRequest(user_id=str(person.user_id), charges=[charge]),
        )
    assert await caller.organisation.balance() == 999
    await caller.care.tenant.execute(
        "UPDATE phone_lookups SET lease_until = now() - interval '1 second' WHERE org_id = :org_id"
    )
    await caller.care.run("give-up-lookups")
    assert await caller.organisation.balance() == 1000
    assert (await caller.look_up(phone(10))).charged_cents == 1


async def test_lookups_of_today_count_towards_the_daily_limit_without_a_daily_spend_row(
    caller: Caller, twilio: TwilioSide
) -> None:
    await cap(caller.organisation, 2)
    await caller.look_up(phone(11))
    await twilio.misbehave("GET", phone(12), status=500)
    with pytest.raises(Unavailable):
        await caller.look_up(phone(12))
    await twilio.behave()
    assert (await caller.look_up(phone(12))).charged_cents == 1  # the refund counts
    await caller.care.tenant.execute("DELETE FROM daily_spend WHERE org_id = :org_id")
    with pytest.raises(InvalidInput) as refusal:
        await caller.look_up(phone(13))
    assert refusal.value.code == "daily_spend_cap_reached"
    assert (await caller.look_up(phone(11))).cached
    assert await caller.organisation.balance() == 998
