"""Buy numbers: one by one, each noted as soon as it is bought."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, islice, repeat
from uuid import UUID

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import DomainError, InvalidInput, Unavailable
from servicekit.identity import Identity, acting_as
from servicekit.phones import InvalidPhone, country_of
from services.messaging.domain.accounts import SendingAccount
from services.messaging.domain.number_wish import COUNTRIES_WITH_AREA_CODES, NumberWish
from services.messaging.providers.twilio_control import (
    NUMBER_TAKEN,
    BoughtNumber,
    TwilioControl,
)
from services.messaging.providers.twilio_http import OutcomeUnknown, Refused
from services.messaging.storage import numbers
from services.messaging.storage.numbers import NewNumber
from services.messaging.usecases.add_number import AddNumber
from services.messaging.usecases.audit import audit
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.setup_lease import SetupLeases

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
    ) -> None:
        self._database = database
        self._control = control
        self._accounts = accounts
        self._leases = leases
        self._add_number = AddNumber(database, control, accounts)

    async def __call__(self, org_id: UUID, wish: NumberWish) -> Provisioned:
        """Buy what is wished, as far as it is to be had, and put it into the messaging service.

        A number that an interrupted request left at Twilio counts as bought now. Raises
        ``NotFound`` no_subaccount, and where nothing could be bought ``InvalidInput``
        no_numbers_available, ``Unavailable`` or ``Refused``.
        """
        check_wish(wish)
        account = await self._accounts.for_org(org_id)
        run = _Run(org_id, account, wish)
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
                await self._note(run, number, country)
                if run.wish.suits(number.phone_number, country, number.capabilities):
                    run.bought.append(number.sid)

    async def _buy(self, run: _Run) -> None:
        candidates = await self._control.available_numbers(
            run.account, run.wish, run.lacking + _SPARE
        )
        deadline = time.monotonic() + _BUYING_SECONDS
        for phone_number in candidates:
            if not run.lacking or run.stopped_by or time.monotonic() > deadline:
                return
            await self._try(run, phone_number)

    async def _try(self, run: _Run, phone_number: str) -> None:
        try:
            number = await self._purchase(run.account, phone_number)
        except (Refused, Unavailable) as error:
            run.failed.append(Missing(phone_number, error.message))
            if not isinstance(error, Refused) or error.provider_code not in NUMBER_TAKEN:
                run.stopped_by = error
            return
        await self._note(run, number, run.wish.country)
        run.bought.append(number.sid)

    async def _purchase(self, account: SendingAccount, phone_number: str) -> BoughtNumber:
        try:
            return await self._control.buy_number(account, phone_number)
        except OutcomeUnknown:
            found = await self._control.numbers(account, phone_number)
            if not found:
                raise
            return found[0]

    async def _note(self, run: _Run, number: BoughtNumber, country: str) -> None:
        new = NewNumber(number.sid, number.phone_number, country, number.capabilities)
        # Of whatever organisation: Twilio gives a number to one account at a time.
        async with self._database.system() as connection:
            former = await numbers.release_former(connection, number.phone_number)
            await numbers.add(connection, run.org_id, new)
            await audit(
                connection,
                "twilio_number_bought",
                "twilio_number",
                number.sid,
                phone_number=number.phone_number,
            )
            for row in former:
                await _audit_loss(connection, row)
        for row in former:
            self._accounts.forget(row["org_id"])

    async def _pool(self, org_id: UUID) -> None:
        try:
            await self._add_number.add_all(org_id)
        except DomainError as error:  # they are ours all the same; the next request adds them
            log.warning("numbers_not_in_service", org_id=str(org_id), error=error.message)

    async def _rows(self, run: _Run) -> list[RowMapping]:
        async with self._database.org(run.org_id) as connection:
            owned = await numbers.owned(connection, run.org_id)
        return [row for row in owned if row["sid"] in run.bought]


async def _audit_loss(connection: AsyncConnection, former: RowMapping) -> None:
    """Say to the organisation that had a number that it has it no more."""
    log.warning("number_moved_elsewhere", org_id=str(former["org_id"]), sid=former["sid"])
    with acting_as(Identity("messaging", former["org_id"])):
        await audit(
            connection,
            "twilio_number_lost",
            "twilio_number",
            former["sid"],
            phone_number=former["phone_number"],
        )


def _country(phone_number: str) -> str | None:
    try:
        return country_of(phone_number)
    except InvalidPhone:  # an area code that is newer than our tables
        return None


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
