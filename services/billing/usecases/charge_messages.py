"""Charge messages to a balance, each message once."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.modes import is_test
from services.billing.domain import pretend_balance
from services.billing.domain.ledger import Cause, Charge, LedgerAccount, affordable
from services.billing.domain.payers import paying_account
from services.billing.storage import balances, campaign_names, ledger, settings


@dataclass(frozen=True, slots=True)
class ChargeBatch:
    """Charges of one account, in order.

    Attributes:
        account: The balance that pays.
        by_setting: Whether the organisation's setting decides if ``account`` or the organisation's
            own balance pays.
        cause: What the ledger shows as the cause.
        campaign_name: The name of the campaign in ``cause``.
        event_id: The event, if the campaign is a message of an event.
    """

    account: LedgerAccount
    charges: Sequence[Charge]
    cause: Cause
    all_or_nothing: bool = False
    by_setting: bool = False
    campaign_name: str = ""
    event_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ChargedBatch:
    """The messages that are charged, by this batch or an earlier one, and the balance left."""

    message_ids: Sequence[UUID]
    balance_cents: int


class ChargeMessages:
    """Charges messages to the balance of a member or of the organisation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def charge(self, batch: ChargeBatch) -> ChargedBatch:
        """Charge messages in order until the balance doesn't cover the next one.

        In test mode nothing is charged: the messages count as charged if the fixed balance covers
        them.
        """
        if is_test(batch.account.org_id):
            return _pretended(batch)
        async with self._database.org(batch.account.org_id) as connection:
            account = await _payer(connection, batch)
            charged = await ledger.charge(
                connection, account, batch.charges, batch.all_or_nothing, batch.cause
            )
            await _name_campaign(connection, batch)
            left = await balances.read_balance(connection, account)
        ids = [charge.message_id for charge in batch.charges if charge.message_id in charged]
        return ChargedBatch(ids, left)


def _pretended(batch: ChargeBatch) -> ChargedBatch:
    covered = affordable(batch.charges, pretend_balance.CENTS, batch.all_or_nothing)
    return ChargedBatch([charge.message_id for charge in covered], pretend_balance.CENTS)


async def _payer(connection: AsyncConnection, batch: ChargeBatch) -> LedgerAccount:
    account = batch.account
    if not batch.by_setting:
        return account
    setting = await settings.payer_of(connection, account.org_id)
    return paying_account(setting, account.org_id, account.user_id)


async def _name_campaign(connection: AsyncConnection, batch: ChargeBatch) -> None:
    campaign_id = batch.cause.campaign_id
    if campaign_id and batch.campaign_name:
        org_id = batch.account.org_id
        name = batch.campaign_name
        await campaign_names.add(connection, org_id, campaign_id, name, batch.event_id)
