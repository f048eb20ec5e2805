"""Buy numbers: one by one, each noted as soon as it is bought."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from uuid import UUID

import structlog
from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import (
    Conflict,
    DomainError,
    Forbidden,
    InsufficientBalance,
    InvalidInput,
    Unavailable,
)
from servicekit.identity import Identity
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, country_of
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.domain.number_wish import COUNTRIES_WITH_AREA_CODES, NumberWish
from services.messaging.accounts.providers.twilio_control import (
    NUMBER_TAKEN,
    AvailableNumber,
    BoughtNumber,
    TwilioControl,
)
from services.messaging.accounts.storage import number_purchases, numbers
from services.messaging.accounts.storage.number_purchases import NewPurchase
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.number_charges import NumberCharges
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.accounts.usecases.add_number import AddNumber
from services.messaging.accounts.usecases.number_limit import NumberLimit
from services.messaging.accounts.usecases.number_purchases import NumberPurchases
from services.messaging.common.providers.twilio_http import OutcomeUnknown, Refused

log = structlog.get_logger()

# Candidates beyond the wanted number, since others may buy one first.
_SPARE = 10
# A caller waits half a minute; what is not bought by then is for another request.
_BUYING_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Missing:
    """A number that was not bought: which, where one was tried, and why."""

    phone_number: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What was bought, newest first, and an entry for each number that was not."""

    numbers: Sequence[RowMapping]
    missing: Sequence[Missing]


@dataclass(slots=True)
class _Run:
    """One request under way."""

    buyer: Identity
    org_id: UUID
    account: SendingAccount
    wish: NumberWish
    bought: list[str] = field(default_factory=list)
    failed: list[Missing] = field(default_factory=list)
    stopped_by: DomainError | None = None

    @property
    def lacking(self) -> int:
        """How many numbers are still to be bought."""
        return max(0, self.wish.quantity - len(self.bought))

    def missing(self) -> list[Missing]:
        """An entry for each number that was not bought."""
        rest = Missing(None, "No more such numbers could be bought now. Ask again for the rest.")
        return list(islice(chain(self.failed, repeat(rest)), self.lacking))


class ProvisionNumbers:
    """Buys numbers."""

    def __init__(
        self,
        database: Database,
        control: TwilioControl,
        accounts: SendingAccounts,
        leases: SetupLeases,
        charges: NumberCharges,
        limit: NumberLimit,
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts
        self._leases = leases
        self._charges = charges
        self._limit = limit
        self._purchases = NumberPurchases(database, control, accounts, charges)
        self._add_number = AddNumber(database, control, accounts)

    async def __call__(self, buyer: Identity, wish: NumberWish) -> Provisioned:
        """Buy what is wished, as far as it is to be had, and put it into the messaging service.

        A number that an interrupted request left at Twilio counts as bought now. Raises
        ``Forbidden`` email_not_verified, ``NotFound`` no_subaccount, ``Conflict`` price_changed,
        and where nothing could be bought ``InsufficientBalance``, ``Conflict``
        number_limit_reached, ``InvalidInput`` no_numbers_available, ``Unavailable`` or ``Refused``.
        """
        if not buyer.email_verified:
            raise Forbidden(
                "Verify your e-mail address before you buy numbers: follow the link that we mailed"
                " you.",
                "email_not_verified",
            )
        check_wish(wish)
        org_id = buyer.require_org()
        run = _Run(buyer, org_id, await self._accounts.for_org(org_id), wish)
        async with self._leases.held(org_id):
            await self._adopt(run)
            if run.lacking:
                await self._buy(run)
        if not run.bought:
            raise run.stopped_by or _none_available(wish)
        await self._pool(org_id)
        return Provisioned(await self._rows(run), run.missing())

    async def _adopt(self, run: _Run) -> None:
        """Note what the account has at Twilio and we do not know of."""
        found = await self._control.numbers(run.account)
        async with self._database.org(run.org_id) as connection:
            known = await numbers.known_among(connection, run.org_id, [n.sid for n in found])
        for number in found:
            if number.sid not in known:
                country = _country(number.phone_number) or run.wish.country
                async with self._database.org(run.org_id) as connection:
                    begun = await number_purchases.find(connection, run.org_id, number.phone_number)
                await self._purchases.note(run.org_id, number, country, begun)
                if run.wish.suits(number.phone_number, country, number.capabilities):
                    run.bought.append(number.sid)

    async def _buy(self, run: _Run) -> None:
        terms = await self._charges.terms(run.org_id)
        most = (await self._limit.of_org(run.org_id, terms)).max_numbers
        candidates = await self._control.search_numbers(run.account, run.wish, run.lacking + _SPARE)
        deadline = time.monotonic() + _BUYING_SECONDS
        for candidate in candidates:
            if not run.lacking or run.stopped_by or time.monotonic() > deadline:
                return
            cents = terms.prices.get((run.wish.country, candidate.number_type))
            if cents is not None:
                check_price(run.wish, cents)
                await self._try(run, _purchase_of(run, candidate, cents), most)

    async def _try(self, run: _Run, new: NewPurchase, most: int) -> None:
        try:
            purchase = await self._purchases.begin(new, most)
        except (Conflict, InsufficientBalance, Unavailable) as error:
            run.failed.append(Missing(None, error.message))
            run.stopped_by = error
            return
        try:
            number = await self._ask(run.account, new.phone_number)
        except (Refused, Unavailable) as error:
            if not isinstance(error, OutcomeUnknown):
                await self._purchases.give_back(purchase)
            run.failed.append(Missing(new.phone_number, error.message))
            if not isinstance(error, Refused) or error.provider_code not in NUMBER_TAKEN:
                run.stopped_by = error
            return
        await self._purchases.note(run.org_id, number, new.country, purchase)
        run.bought.append(number.sid)

    async def _ask(self, account: SendingAccount, phone_number: str) -> BoughtNumber:
        try:
            return await self._control.buy_number(account, phone_number)
        except OutcomeUnknown as unknown:
            try:
                found = await self._control.numbers(account, phone_number)
            except DomainError:  # what became of the purchase is as unknown as before
                raise unknown from None
            if not found:
                raise
            return found[0]

    async def _pool(self, org_id: UUID) -> None:
        try:
            await self._add_number.add_all(org_id)
        except DomainError as error:  # they are ours all the same; the next request adds them
            log.warning("numbers_not_in_service", org_id=str(org_id), error=error.message)

    async def _rows(self, run: _Run) -> list[RowMapping]:
        async with self._database.org(run.org_id) as connection:
            owned = await numbers.owned(connection, run.org_id)
        return [row for row in owned if row["sid"] in run.bought]


def _country(phone_number: str) -> str | None:
    try:
        return country_of(phone_number)
    except InvalidPhone:  # an area code that is newer than our tables
        return None


def _purchase_of(run: _Run, candidate: AvailableNumber, cents: int) -> NewPurchase:
    return NewPurchase(
        id=new_id(),
        org_id=run.org_id,
        user_id=run.buyer.require_user(),
        email=run.buyer.email,
        phone_number=candidate.phone_number,
        country=run.wish.country,
        number_type=candidate.number_type,
        cents_per_month=cents,
    )


def check_price(wish: NumberWish, cents: int) -> None:
    """Raise ``Conflict`` price_changed where the caller was told another price."""
    if wish.cents_per_month is not None and wish.cents_per_month != cents:
        raise Conflict(
            f"The price of such a number is {cents} cents a month now. Confirm it, and buy again.",
            "price_changed",
        )


def check_wish(wish: NumberWish) -> None:
    """Raise ``InvalidInput`` for an area code where countries have none."""
    if wish.area_code and wish.country not in COUNTRIES_WITH_AREA_CODES:
        raise InvalidInput.of("areaCode", "is only for numbers of the US and Canada")


def _none_available(wish: NumberWish) -> InvalidInput:
    return InvalidInput.of(
        wish.decisive_field,
        "no such numbers are available now; try another one",
        "no_numbers_available",
    )
