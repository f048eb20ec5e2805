"""Take a chunk of a campaign's recipients. Idempotent.

Each recipient is counted once, however often the chunk comes and whatever has changed meanwhile:
by a charged message, or by a note that they were passed over. Who has a message keeps it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, NotFound
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, country_of
from services.messaging.domain.drafts import Draft, Payer, price
from services.messaging.domain.limits import CAP_REACHED
from services.messaging.domain.quiet_hours import ROOM, QuietHours, SendingClock
from services.messaging.domain.registered_senders import UNREGISTERED
from services.messaging.domain.skips import SkipReason
from services.messaging.storage import counts, messages, quiet_hours, skips
from services.messaging.usecases.accept_messages import Accepted, AcceptMessages
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.pricing import PriceList


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom to text with what."""

    contact_id: UUID
    phone: str
    body: str
    time_zone: str | None = None
    attendee_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a chunk. ``pending``: the campaign's messages that wait for a sender now.

    ``accepted`` are recipients with a message, by this call or an earlier one.

    ``waiting``: by contact, when the windows open of those that are not texted at this hour.
    """

    accepted: int
    invalid: int
    short: bool
    pending: int
    waiting: Mapping[UUID, datetime]


@dataclass(frozen=True, slots=True)
class _Facts:
    """What decides about a chunk: the organisation's windows, and its own numbers (E.164).

    Texting an own number would be a loop. ``accepted`` are the recipients that have a message.
    """

    hours: QuietHours
    own_numbers: Collection[str]
    accepted: Collection[UUID]


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

    async def __call__(
        self,
        payer: Payer,
        recipients: Sequence[Recipient],
        skipped: Mapping[UUID, SkipReason],
    ) -> Submitted:
        """Store, charge and release the chunk's messages, and note whom it passes over.

        ``skipped`` are those whom the campaign does not text, by contact. The organisation's own
        numbers count as invalid, and so do recipients that its limits do not allow.

        Raises:
            InvalidInput: no_sender where the organisation has nothing to send from,
                daily_spend_cap_reached where its cap covers a part of the chunk, and
                unregistered_sender where US carriers would refuse a part, which may both come
                again.
        """
        if recipients:
            await require_sender(self._accounts, payer.org_id)
        facts = await self._look_up(payer, recipients)
        fresh = [r for r in recipients if r.contact_id not in facts.accepted]
        waiting = _waiting(facts.hours, fresh)
        awake = [r for r in fresh if r.contact_id not in waiting]
        drafts = await self._drafts([r for r in awake if r.phone not in facts.own_numbers])
        invalid = {r.contact_id for r in awake} - {draft.contact_id for draft in drafts}
        accepted, short = len(facts.accepted), False
        if drafts:
            result = await self._accept_all(payer, drafts)
            accepted, short = accepted + len(result.ids), result.short
            invalid |= {draft.contact_id for draft in drafts if draft.phone in result.refused}
        await self._skip(payer, skipped, invalid)
        return Submitted(accepted, len(invalid), short, await self._pending(payer), waiting)

    async def _look_up(self, payer: Payer, recipients: Sequence[Recipient]) -> "_Facts":
        async with self._database.org(payer.org_id) as connection:
            return _Facts(
                hours=await quiet_hours.of_org(connection, payer.org_id),
                own_numbers=set(await messages.own(connection, payer.org_id)),
                accepted=await _accepted(connection, payer, recipients),
            )

    async def _accept_all(self, payer: Payer, drafts: Sequence[Draft]) -> Accepted:
        """Accept ``drafts``. Raises ``InvalidInput`` for what may stop a part of any chunk."""
        result = await self._accept(payer, drafts)
        if result.capped:
            raise InvalidInput.of("recipients", CAP_REACHED.message, CAP_REACHED.code)
        if result.unregistered:
            raise InvalidInput.of("from", UNREGISTERED.message, UNREGISTERED.code)
        return result

    async def _skip(
        self, payer: Payer, skipped: Mapping[UUID, SkipReason], invalid: Collection[UUID]
    ) -> None:
        reasons: dict[UUID, SkipReason] = {**skipped}
        for contact_id in invalid:
            reasons[contact_id] = "invalid"
        if not reasons:
            return
        tally = counts.Tally()
        async with self._database.org(payer.org_id) as connection:
            await counts.lock(connection, payer)
            tally.skip(payer, await skips.add(connection, payer, reasons))
            await tally.write(connection)

    async def _drafts(self, recipients: Sequence[Recipient]) -> list[Draft]:
        countries = {r.phone: _country(r.phone) for r in recipients}
        prices = await self._prices.for_countries({c for c in countries.values() if c})
        drafts = []
        for recipient in recipients:
            cost = price(recipient.body, countries[recipient.phone] or "", prices)
            if cost:
                drafts.append(_draft(recipient, *cost))
        return drafts

    async def _pending(self, payer: Payer) -> int:
        if payer.campaign_id is None:
            return 0
        async with self._database.org(payer.org_id) as connection:
            rows = await counts.of_campaigns(connection, payer.org_id, [payer.campaign_id])
        return rows[0]["pending"] if rows else 0


async def _accepted(
    connection: AsyncConnection, payer: Payer, recipients: Sequence[Recipient]
) -> Collection[UUID]:
    """The contacts among ``recipients`` who have a message, as contacts or as attendees."""
    found = set(await skips.with_message(connection, payer, [r.contact_id for r in recipients]))
    if payer.occasion:
        attendee_ids = [r.attendee_id for r in recipients if r.attendee_id]
        told = await skips.attendees_with_message(connection, payer, payer.occasion, attendee_ids)
        found |= {r.contact_id for r in recipients if r.attendee_id in told}
    return found


async def can_send(accounts: SendingAccounts, org_id: UUID) -> bool:
    """Whether the organisation has an account with something to send from."""
    try:
        await require_sender(accounts, org_id)
    except InvalidInput:
        return False
    return True


async def require_sender(accounts: SendingAccounts, org_id: UUID) -> None:
    """Raise ``InvalidInput`` where the organisation has nothing to send from, or may not send.

    Its code is no_sender or account_suspended.
    """
    try:
        account = await accounts.for_org(org_id)
    except NotFound:
        account = None
    if account and account.suspended:
        raise InvalidInput.of(
            "from", "Sending is suspended for your account. Contact support.", "account_suspended"
        )
    if account is None or not account.has_sender:
        raise InvalidInput.of(
            "from",
            "There is no number to send from: set up a messaging service and buy a number first.",
            "no_sender",
        )


def _waiting(hours: QuietHours, recipients: Sequence[Recipient]) -> Mapping[UUID, datetime]:
    clock = SendingClock(hours, datetime.now(UTC), ROOM)
    openings = ((r.contact_id, clock.opens_at(r.time_zone, r.phone)) for r in recipients)
    return {contact_id: opens for contact_id, opens in openings if opens}


def _draft(recipient: Recipient, segments: int, price_cents: int) -> Draft:
    return Draft(
        id=new_id(),
        contact_id=recipient.contact_id,
        phone=recipient.phone,
        body=recipient.body,
        segments=segments,
        price_cents=price_cents,
        time_zone=recipient.time_zone,
        attendee_id=recipient.attendee_id,
    )


def _country(phone: str) -> str | None:
    try:
        return country_of(phone)
    except InvalidPhone:
        return None
