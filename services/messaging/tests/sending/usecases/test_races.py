"""Changes by others at Twilio between two of our steps do no harm."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.crypto import Envelope, Keyring
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import TokenSigner, acting_as
from servicekit.rpc.client import Caller, open_channel
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.domain.number_criteria import NumberCriteria
from services.messaging.accounts.domain.number_months import DefaultLimits
from services.messaging.accounts.providers.twilio_control import (
    AvailableNumber,
    TwilioControl,
    TwilioSubaccount,
)
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.number_charges import NumberCharges
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.accounts.usecases.create_subaccount import CreateSubaccount
from services.messaging.accounts.usecases.number_limit import NumberLimit
from services.messaging.accounts.usecases.provision_numbers import ProvisionNumbers
from services.messaging.common.providers.twilio_sdk import MasterAccount
from services.messaging.settings import MessagingSettings
from services.messaging.tests.conftest import KEYRING
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.billing.v1 import number_charges_pb2_grpc
from tests.fixtures.running import TWILIO_SID, TWILIO_TOKEN


class Overtaken(TwilioControl):
    """Twilio, where others are faster: they take the first account and the first numbers."""

    def __init__(self, settings: MessagingSettings, rival: Tenant, numbers_taken: int) -> None:
        super().__init__(MasterAccount(settings.twilio_base_url, TWILIO_SID, TWILIO_TOKEN))
        self._rival = rival
        self._numbers_taken = numbers_taken
        self._accounts_taken = 0

    async def open_account(self, friendly_name: str) -> TwilioSubaccount:
        opened = await super().open_account(friendly_name)
        if not self._accounts_taken:
            self._accounts_taken = 1
            await self._rival.execute(
                "INSERT INTO twilio_subaccounts"
                " (org_id, friendly_name, sub_account_sid, auth_token_encrypted)"
                " VALUES (:org_id, :name, :sid, 'sealed')",
                name=friendly_name,
                sid=opened.sid,
            )
        return opened

    async def search_numbers(
        self, account: SendingAccount, wish: NumberCriteria, limit: int
    ) -> list[AvailableNumber]:
        found = await super().search_numbers(account, wish, limit)
        rivals = await SendingAccounts(
            self._rival.database, Envelope(Keyring.parse(KEYRING))
        ).for_org(self._rival.org_id)
        for number in found[: self._numbers_taken]:
            await super().buy_number(rivals, number.phone_number)
        return found


@pytest.fixture
def rival(tenant: Tenant) -> Tenant:
    """Somebody else."""
    return Tenant(tenant.messaging, tenant.database)


@pytest.fixture
async def overtaken(
    settings: MessagingSettings, rival: Tenant, request: pytest.FixtureRequest
) -> AsyncIterator[Overtaken]:
    control = Overtaken(settings, rival, getattr(request, "param", 0))
    yield control
    await control.close()


def accounts_of(database: Database) -> SendingAccounts:
    return SendingAccounts(database, Envelope(Keyring.parse(KEYRING)))


@pytest.fixture
async def provisioning(
    settings: MessagingSettings,
) -> AsyncIterator[Callable[[Tenant, TwilioControl], ProvisionNumbers]]:
    """Return what buys numbers at a Twilio that misbehaves, charged by the real billing."""
    async with open_channel(settings.billing_addr, []) as channel:
        charges = NumberCharges(
            Caller(TokenSigner("messaging", settings.token_key())),
            number_charges_pb2_grpc.NumberChargeServiceStub(channel),
        )

        def build(tenant: Tenant, control: TwilioControl) -> ProvisionNumbers:
            database = tenant.database
            return ProvisionNumbers(
                database,
                control,
                accounts_of(database),
                SetupLeases(database),
                charges,
                NumberLimit(database, charges, DefaultLimits(10, 10)),
            )

        yield build


async def test_an_account_that_a_namesake_took_is_left_to_it(
    tenant: Tenant, rival: Tenant, overtaken: Overtaken, twilio: TwilioSide
) -> None:
    create = CreateSubaccount(
        tenant.database, overtaken, accounts_of(tenant.database), SetupLeases(tenant.database)
    )
    with acting_as(tenant.identity()):
        row = await create(tenant.org_id, tenant.name)
    theirs = (await rival.subaccount()).sub_account_sid
    assert {account["sid"] for account in await twilio.accounts(tenant.name)} == {
        theirs,
        row["sub_account_sid"],
    }
    assert row["sub_account_sid"] != theirs


@pytest.mark.parametrize("overtaken", [3], indirect=True)
async def test_the_next_number_is_bought_when_one_is_gone(
    tenant: Tenant,
    rival: Tenant,
    overtaken: Overtaken,
    twilio: TwilioSide,
    provisioning: Callable[[Tenant, TwilioControl], ProvisionNumbers],
) -> None:
    mine = (await tenant.create_subaccount()).sub_account_sid
    await rival.create_subaccount()
    provision = provisioning(tenant, overtaken)
    with acting_as(tenant.identity()):
        provisioned = await provision(tenant.identity(), NumberCriteria("US", "602", ["sms"], 2))
    assert not provisioned.missing
    assert set(await twilio.numbers(mine)) == {row["sid"] for row in provisioned.numbers}
    assert len(provisioned.numbers) == 2


@pytest.mark.parametrize("overtaken", [1000], indirect=True)
async def test_no_number_is_bought_when_all_are_gone(
    tenant: Tenant,
    rival: Tenant,
    overtaken: Overtaken,
    provisioning: Callable[[Tenant, TwilioControl], ProvisionNumbers],
) -> None:
    await tenant.create_subaccount()
    await rival.create_subaccount()
    provision = provisioning(tenant, overtaken)
    with acting_as(tenant.identity()), pytest.raises(InvalidInput) as refusal:
        await provision(tenant.identity(), NumberCriteria("US", "303", ["sms"], 2))
    assert refusal.value.code == "no_numbers_available"
