"""Buy phone numbers one by one. Each number is recorded as soon as it is bought."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from uuid import UUID

import structlog

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
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.domain.number_criteria import NumberCriteria
from services.messaging.accounts.domain.number_purchases import NewPurchase
from services.messaging.accounts.providers.twilio_control import NUMBER_TAKEN
from services.messaging.accounts.storage.numbers import Number
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.number_limits import NumberLimits
from services.messaging.accounts.support.number_market import NumberMarket, Offer
from services.messaging.accounts.support.number_purchases import NumberPurchases
from services.messaging.accounts.support.sender_pool import SenderPool
from services.messaging.accounts.support.setup_lease import SetupLeases
from services.messaging.common.providers.twilio_http import OutcomeUnknown, TwilioRefused

log = structlog.get_logger()

# More candidates than are needed, since someone else may buy one first.
_EXTRA_CANDIDATES = 10
# A caller waits half a minute. Numbers that are not bought in time are left to another request.
_BUYING_SECONDS = 12.0


@dataclass(frozen=True, slots=True)
class Missing:
    """The reason why a phone number was not bought.

    ``phone_number``: the number that was tried, or None if none was found.
    """

    phone_number: str | None
    message: str


@dataclass(frozen=True, slots=True)
class BuyingResult:
    """The phone numbers that were bought, newest first, and why others were not bought."""

    numbers: Sequence[Number]
    missing: Sequence[Missing]


@dataclass(slots=True)
class _Run:
    """One request to buy phone numbers.

    ``stop_reason``: the error that stopped further purchases.
    """

    buyer: Identity
    org_id: UUID
    account: SendingAccount
    criteria: NumberCriteria
    bought: list[str] = field(default_factory=list)
    failed: list[Missing] = field(default_factory=list)
    stop_reason: DomainError | None = None

    @property
    def remaining(self) -> int:
        """How many phone numbers are still to be bought."""
        return max(0, self.criteria.quantity - len(self.bought))

    def missing(self) -> list[Missing]:
        """Return a reason for each phone number that was requested and not bought."""
        rest = Missing(None, "No more matching numbers are available now. Try again later.")
        return list(islice(chain(self.failed, repeat(rest)), self.remaining))


class BuyNumbers:
    """Buy phone numbers and add them to the organisation's messaging service."""

    def __init__(
        self,
        accounts: SendingAccounts,
        leases: SetupLeases,
        market: NumberMarket,
        limits: NumberLimits,
        purchases: NumberPurchases,
        pool: SenderPool,
    ) -> None:
        self._accounts = accounts
        self._leases = leases
        self._market = market
        self._limits = limits
        self._purchases = purchases
        self._pool = pool

    async def buy(self, buyer: Identity, criteria: NumberCriteria) -> BuyingResult:
        """Buy as many matching phone numbers as requested, or as are available.

        A matching number that an interrupted request bought at Twilio counts as bought.

        Raises:
            Forbidden: email_not_verified.
            NotFound: no_subaccount.
            Conflict: price_changed, or number_limit_reached if nothing was bought.
            InsufficientBalance: Nothing was bought, as the buyer's balance is too low.
            InvalidInput: no_numbers_available.
            Unavailable: Nothing was bought, as Twilio or billing did not answer.
            TwilioRefused: Nothing was bought, as Twilio refused.
        """
        if not buyer.email_verified:
            raise Forbidden(
                "Verify your email address before you buy numbers. Follow the link in the email"
                " that we sent you.",
                "email_not_verified",
            )
        criteria.check()
        org_id = buyer.require_org()
        run = _Run(buyer, org_id, await self._accounts.for_org(org_id), criteria)
        async with self._leases.acquire(org_id):
            await self._adopt(run)
            if run.remaining:
                await self._buy(run)
        if not run.bought:
            raise run.stop_reason or _none_available(criteria)
        await self._add_to_pool(org_id)
        return BuyingResult(await self._purchases.recorded(org_id, run.bought), run.missing())

    async def _adopt(self, run: _Run) -> None:
        """Store phone numbers that the account has at Twilio but that are not in the database."""
        for number, country in await self._purchases.adopt(
            run.org_id, run.account, run.criteria.country
        ):
            if run.criteria.matches(number.phone_number, country, number.capabilities):
                run.bought.append(number.sid)

    async def _buy(self, run: _Run) -> None:
        terms = await self._market.terms(run.org_id)
        most = (await self._limits.of_org(run.org_id, terms)).max_numbers
        offers = await self._market.offers(
            run.account, run.criteria, run.remaining + _EXTRA_CANDIDATES, terms
        )
        deadline = time.monotonic() + _BUYING_SECONDS
        for offer in offers:
            if not run.remaining or run.stop_reason or time.monotonic() > deadline:
                return
            run.criteria.check_price(offer.cents_per_month)
            await self._try(run, _purchase_of(run, offer), most)

    async def _try(self, run: _Run, new: NewPurchase, most: int) -> None:
        try:
            purchase = await self._purchases.begin(new, most)
        except (Conflict, InsufficientBalance, Unavailable) as error:
            run.failed.append(Missing(None, error.message))
            run.stop_reason = error
            return
        try:
            number = await self._purchases.order(run.account, new.phone_number)
        except (TwilioRefused, Unavailable) as error:
            if not isinstance(error, OutcomeUnknown):
                await self._purchases.cancel(purchase)
            run.failed.append(Missing(new.phone_number, error.message))
            if not isinstance(error, TwilioRefused) or error.provider_code not in NUMBER_TAKEN:
                run.stop_reason = error
            return
        await self._purchases.record(run.org_id, number, new.country, purchase)
        run.bought.append(number.sid)

    async def _add_to_pool(self, org_id: UUID) -> None:
        try:
            await self._pool.add_all(org_id)
        except DomainError as error:  # numbers are bought; the next request adds them
            log.warning("numbers_not_in_service", org_id=str(org_id), error=error.message)


def _purchase_of(run: _Run, offer: Offer) -> NewPurchase:
    return NewPurchase(
        id=new_id(),
        org_id=run.org_id,
        user_id=run.buyer.require_user(),
        email=run.buyer.email,
        phone_number=offer.number.phone_number,
        country=run.criteria.country,
        number_type=offer.number.number_type,
        cents_per_month=offer.cents_per_month,
    )


def _none_available(criteria: NumberCriteria) -> InvalidInput:
    return InvalidInput.of(
        criteria.most_specific_field,
        "no matching numbers are available now; try another value",
        "no_numbers_available",
    )
