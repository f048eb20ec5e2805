"""A test organisation has a number and no credentials, and none can be given to it."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from servicekit.errors import Forbidden, InvalidInput
from servicekit.identity import acting_as
from servicekit.modes import NotInTestMode
from servicekit.vault import envelope_of
from services.messaging.accounts.domain.fixed_sender import NUMBER as FIXED
from services.messaging.accounts.storage import senders_in_test_mode, subaccounts
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation, phone
from services.messaging.tests.testers import TwilioRecord, in_test_mode, prepare
from smsblaster.messaging.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    admin_accounts_pb2,
    admin_accounts_pb2_grpc,
    lookup_pb2,
    lookup_pb2_grpc,
    numbers_pb2,
    numbers_pb2_grpc,
)
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until


async def test_suspending_the_live_organisation_stops_its_test_organisation(
    organisation: Organisation,
) -> None:
    tester = in_test_mode(organisation)
    await prepare(tester)
    stub = admin_accounts_pb2_grpc.AdminSubaccountServiceStub(organisation.messaging.channel)
    operator = Person(roles=frozenset({"owner", "ADMIN"})).identity()
    caller, org_id = organisation.messaging.caller(), str(organisation.org_id)
    with acting_as(operator):
        request = admin_accounts_pb2.SuspendSubaccountRequest(org_id=org_id)
        await caller.call(stub.SuspendSubaccount, request)
    with pytest.raises(InvalidInput) as refusal:
        await tester.send(phone(1))
    assert refusal.value.code == "account_suspended"
    with acting_as(operator):
        again = admin_accounts_pb2.ReactivateSubaccountRequest(org_id=org_id)
        await caller.call(stub.ReactivateSubaccount, again)
        listed = await caller.call(
            stub.ListSubaccounts, admin_accounts_pb2.ListSubaccountsRequest(limit=100)
        )
    await tester.send(phone(1))
    assert str(tester.org_id) not in {account.org_id for account in listed.items}


async def test_a_test_organisation_prepared_during_a_suspension_is_suspended(
    organisation: Organisation,
) -> None:
    tester = in_test_mode(organisation)
    async with organisation.database.system() as connection:
        await subaccounts.set_suspended(connection, organisation.org_id, True)
        preparing = asyncio.create_task(prepare(tester))
        await wait_until(partial(waits_for_a_lock, organisation))
    await preparing
    async with organisation.database.org(tester.org_id) as connection:
        sender = await senders_in_test_mode.sender(connection, tester.org_id)
    assert sender is not None
    assert sender.suspended


async def waits_for_a_lock(organisation: Organisation) -> bool:
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND wait_event_type = 'Lock' AND query LIKE '%FOR SHARE%'"
    )
    async with organisation.database.system() as connection:
        return bool(await connection.scalar(query))


async def test_a_live_organisation_cannot_have_the_phone_number_of_test_mode(
    organisation: Organisation,
) -> None:
    with pytest.raises(Forbidden):
        await prepare(organisation)
    assert await organisation.number() != FIXED


async def test_test_organisations_cannot_make_requests_that_change_something_at_twilio(
    tester: Organisation, twilio_record: TwilioRecord
) -> None:
    caller, channel = tester.messaging.caller(), tester.messaging.channel
    lookups = lookup_pb2_grpc.LookupServiceStub(channel)
    numbers = numbers_pb2_grpc.NumberServiceStub(channel)
    accounts = accounts_pb2_grpc.SubaccountServiceStub(channel)
    for call in (
        partial(caller.call, lookups.LookUpNumber, lookup_pb2.LookUpNumberRequest(phone=phone(1))),
        partial(caller.call, numbers.ProvisionNumbers, numbers_pb2.ProvisionNumbersRequest()),
        partial(caller.call, accounts.CreateSubaccount, accounts_pb2.CreateSubaccountRequest()),
    ):
        with acting_as(tester.person.identity()), pytest.raises(Forbidden) as refusal:
            await call()
        assert refusal.value.code == "not_in_test_mode"
    assert twilio_record.requests() == []


async def test_looking_up_the_credentials_of_a_test_organisation_is_refused(
    tester: Organisation, settings: MessagingSettings
) -> None:
    accounts = SendingAccounts(tester.database, envelope_of(settings))
    with pytest.raises(NotInTestMode):
        await accounts.for_org(tester.org_id)
    with pytest.raises(NotInTestMode):
        await accounts.open(tester.org_id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE twilio_subaccounts SET sub_account_sid = 'AC1', auth_token_encrypted = 'x'",
        "UPDATE twilio_subaccounts SET secondary_token_encrypted = 'x'",
        "INSERT INTO twilio_api_keys SELECT uuidv7(), :org, 'SK1', 'x'",
    ],
)
async def test_the_database_refuses_credentials_for_a_test_organisation(
    tester: Organisation, statement: str
) -> None:
    if statement.startswith("UPDATE"):
        statement += " WHERE org_id = :org"
    with pytest.raises(IntegrityError, match=r"ck_twilio_(subaccounts|api_keys)_test"):
        async with tester.database.system() as connection:
            await connection.execute(text(statement), {"org": tester.org_id})
