"""Take a chunk of a campaign's recipients. Coming again, it adds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, NotFound
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, country_of
from services.messaging.domain.drafts import Draft, Payer, price
from services.messaging.storage import counts
from services.messaging.usecases.accept_messages import AcceptMessages
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.pricing import PriceList


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to text with what."""

    contact_id: UUID
    phone: str
    body: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a chunk. ``pending``: the campaign's messages that wait for a sender now."""

    accepted: int
    invalid: int
    short: bool
    pending: int


class SubmitChunk:
    """Takes chunks."""

    def __init__(
        self,
        database: Database,
        accept: AcceptMessages,
        prices: PriceList,
        accounts: SendingAccounts,
    ) -> None:
        self._database = database
        self._accept = accept
        self._prices = prices
        self._accounts = accounts

    async def __call__(self, payer: Payer, recipients: Sequence[Recipient]) -> Submitted:
        """Store, charge and release the chunk's messages.

        Raises ``InvalidInput`` no_sender where the organisation has nothing to send from.
        """
        await require_sender(self._accounts, payer.org_id)
        drafts = await self._drafts(recipients)
        accepted, short = 0, False
        if drafts:
            result = await self._accept(payer, drafts)
            accepted, short = len(result.ids), result.short
        return Submitted(accepted, len(recipients) - len(drafts), short, await self._pending(payer))

    async def _drafts(self, recipients: Sequence[Recipient]) -> list[Draft]:
        countries = {r.phone: _country(r.phone) for r in recipients}
        prices = await self._prices.for_countries({c for c in countries.values() if c})
        drafts = []
        for recipient in recipients:
            cost = price(recipient.body, countries[recipient.phone] or "", prices)
            if cost:
                drafts.append(
                    Draft(new_id(), recipient.contact_id, recipient.phone, recipient.body, *cost)
                )
        return drafts

    async def _pending(self, payer: Payer) -> int:
        if payer.campaign_id is None:
            return 0
        async with self._database.org(payer.org_id) as connection:
            rows = await counts.of_campaigns(connection, payer.org_id, [payer.campaign_id])
        return rows[0]["pending"] if rows else 0


async def can_send(accounts: SendingAccounts, org_id: UUID) -> bool:
    """Whether the organisation has an account with something to send from."""
    try:
        return (await accounts.for_org(org_id)).has_sender
    except NotFound:
        return False


async def require_sender(accounts: SendingAccounts, org_id: UUID) -> None:
    """Raise ``InvalidInput`` no_sender where the organisation has nothing to send from."""
    if not await can_send(accounts, org_id):
        raise InvalidInput.of(
            "from",
            "There is no number to send from: set up a messaging service and buy a number first.",
            "no_sender",
        )


def _country(phone: str) -> str | None:
    try:
        return country_of(phone)
    except InvalidPhone:
        return None
