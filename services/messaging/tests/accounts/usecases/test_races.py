"""Objects at Twilio change between two steps of a request, because of other organisations."""

from collections.abc import AsyncIterator, Callable

import pytest

from servicekit.crypto import Envelope, Keyring
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import acting_as
from servicekit.rpc.client import RpcClient, open_channel
from servicekit.tokens import TokenSigner
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.domain.number_criteria import NumberCriteria
from services.messaging.accounts.domain.number_months import DefaultLimits
from services.messaging.accounts.providers.number_charges import NumberCharges
from services.messaging.accounts.providers.twilio_control import (
    AvailableNumber,
    TwilioControl,
    TwilioSubaccount,
)
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.number_limits import NumberLimits
from services.messaging.accounts.support.number_market import NumberMarket
from services.messaging.accounts.support.number_purchases import NumberPurchases
from services.messaging.accounts.support.sender_pool import SenderPool
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.accounts.usecases.buy_numbers import BuyNumbers
from services.messaging.accounts.usecases.create_subaccount import CreateSubaccount
from services.messaging.common.providers.twilio_sdk import MasterAccount
from services.messaging.settings import MessagingSettings
from services.messaging.tests.conftest import KEYRING
from services.messaging.tests.tenant import Tenant, TwilioSide
from smsblaster.billing.v1 import number_charges_pb2_grpc
from tests.fixtures.running import TWILIO_SID, TWILIO_TOKEN


class RivalFirst(TwilioControl):
    """A Twilio client that lets another organisation take an account or a phone number first."""

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
        self, account: SendingAccount, criteria: NumberCriteria, limit: int
    ) -> list[AvailableNumber]:
        found = await super().search_numbers(account, criteria, limit)
        rivals = await SendingAccounts(
            self._rival.database, Envelope(Keyring.parse(KEYRING))
        ).for_org(self._rival.org_id)
        for number in found[: self._numbers_taken]:
            await super().buy_number(rivals, number.phone_number)
        return found


@pytest.fixture
def rival(tenant: Tenant) -> Tenant:
    """Return another organisation."""
    return Tenant(tenant.messaging, tenant.database)


@pytest.fixture
async def rival_first(
    settings: MessagingSettings, rival: Tenant, request: pytest.FixtureRequest
) -> AsyncIterator[RivalFirst]:
    control = RivalFirst(settings, rival, getattr(request, "param", 0))
    yield control
    await control.close()


def accounts_of(database: Database) -> SendingAccounts:
    return SendingAccounts(database, Envelope(Keyring.parse(KEYRING)))


@pytest.fixture
async def buying(
    settings: MessagingSettings,
) -> AsyncIterator[Callable[[Tenant, TwilioControl], BuyNumbers]]:
    """Return a function that builds the use case with a given Twilio client and real billing."""
    async with open_channel(settings.billing_addr, []) as channel:
        charges = NumberCharges(
            RpcClient(TokenSigner("messaging", settings.token_key())),
            number_charges_pb2_grpc.NumberChargeServiceStub(channel),
        )

        def build(tenant: Tenant, control: TwilioControl) -> BuyNumbers:
            database, accounts = tenant.database, accounts_of(tenant.database)
            return BuyNumbers(
                accounts,
                SetupLeases(database),
                NumberMarket(control, charges),
                NumberLimits(database, charges, DefaultLimits(10, 10)),
                NumberPurchases(database, control, accounts, charges),
                SenderPool(database, control, accounts),
            )

        yield build


async def test_a_subaccount_used_by_another_organisation_of_the_same_name_is_not_used(
    tenant: Tenant, rival: Tenant, rival_first: RivalFirst, twilio: TwilioSide
) -> None:
    create = CreateSubaccount(
        tenant.database, rival_first, accounts_of(tenant.database), SetupLeases(tenant.database)
    )
    with acting_as(tenant.identity()):
        account = await create.create(tenant.org_id, tenant.name)
    theirs = (await rival.subaccount()).sub_account_sid
    assert {account["sid"] for account in await twilio.accounts(tenant.name)} == {
        theirs,
        account.sub_account_sid,
    }
    assert account.sub_account_sid != theirs


@pytest.mark.parametrize("rival_first", [3], indirect=True)
async def test_if_a_number_is_already_sold_the_next_one_is_bought(
    tenant: Tenant,
    rival: Tenant,
    rival_first: RivalFirst,
    twilio: TwilioSide,
    buying: Callable[[Tenant, TwilioControl], BuyNumbers],
) -> None:
    mine = (await tenant.create_subaccount()).sub_account_sid
    await rival.create_subaccount()
    buy = buying(tenant, rival_first)
    with acting_as(tenant.identity()):
        result = await buy.buy(tenant.identity(), NumberCriteria("US", "602", ["sms"], 2))
    assert not result.missing
    assert set(await twilio.numbers(mine)) == {number.sid for number in result.numbers}
    assert len(result.numbers) == 2


@pytest.mark.parametrize("rival_first", [1000], indirect=True)
async def test_if_all_numbers_are_already_sold_the_request_fails(
    tenant: Tenant,
    rival: Tenant,
    rival_first: RivalFirst,
    buying: Callable[[Tenant, TwilioControl], BuyNumbers],
) -> None:
    await tenant.create_subaccount()
    await rival.create_subaccount()
    buy = buying(tenant, rival_first)
    with acting_as(tenant.identity()), pytest.raises(InvalidInput) as refusal:
        await buy.buy(tenant.identity(), NumberCriteria("US", "303", ["sms"], 2))
    assert refusal.value.code == "no_numbers_available"
