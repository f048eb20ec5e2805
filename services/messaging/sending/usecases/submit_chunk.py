"""Take a chunk of a campaign's recipients. Idempotent.

Each recipient is counted once, however often the chunk comes and whatever has changed meanwhile:
by a charged message, or by a note that they were passed over. Who has a message keeps it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.errors import InvalidInput, NotFound
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, country_of
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.domain.limits import CAP_REACHED
from services.messaging.sending.domain.quiet_hours import ROOM, SendingClock
from services.messaging.sending.domain.registered_senders import UNREGISTERED
from services.messaging.sending.domain.skips import SkipReason
from services.messaging.sending.domain.terms import Cost, Terms
from services.messaging.sending.storage import counts, messages, quiet_hours, skips
from services.messaging.sending.support.pricing import CurrentTerms
from services.messaging.sending.usecases.accept_messages import Accepted, AcceptMessages

_LIMITS_CHANGED = (
    "Your organisation's sending limits no longer allow some recipients. Resume to leave them out."
)
_WITHDRAWN = (
    "A country of some recipients is no longer offered. Resume to leave these recipients out."
)


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

    windows: SendingClock
    own_numbers: Collection[str]
    accepted: Collection[UUID]


class SubmitChunk:
    """Takes chunks."""

    def __init__(
        self,
        database: Database,
        accept: AcceptMessages,
        terms: CurrentTerms,
        accounts: SendingAccounts,
    ) -> None:
        self._database = database
        self._accept = accept
        self._terms = terms
        self._accounts = accounts

    async def __call__(
        self,
        payer: Payer,
        recipients: Sequence[Recipient],
        skipped: Mapping[UUID, SkipReason],
        confirmed: Terms | None,
    ) -> Submitted:
        """Store, charge and release the chunk's messages, by the terms that were ``confirmed``.

        ``skipped`` are those whom the campaign does not text, by contact. The organisation's own
        numbers count as invalid, and so do recipients that the terms do not allow; without
        confirmed terms, those of now count. Who is passed over is noted.

        Raises:
            InvalidInput: no_sender where the organisation has nothing to send from. The whole chunk
                may be submitted again after daily_spend_cap_reached, where its cap covers a part;
                unregistered_sender, where US carriers would refuse a part; destination_withdrawn
                and sending_limits_changed, where a part was allowed when the terms were confirmed.
        """
        if recipients:
            await require_sender(self._accounts, payer.org_id)
        facts = await self._look_up(payer, recipients)
        fresh = [r for r in recipients if r.contact_id not in facts.accepted]
        waiting = _waiting(facts.windows, fresh)
        awake = [r for r in fresh if r.contact_id not in waiting]
        others = [r for r in awake if r.phone not in facts.own_numbers]
        drafts = await self._drafts(payer.org_id, others, confirmed)
        invalid = {r.contact_id for r in awake} - {draft.contact_id for draft in drafts}
        accepted, short = len(facts.accepted), False
        if drafts:
            result = await self._accept_all(payer, drafts, confirmed)
            accepted, short = accepted + len(result.ids), result.short
            invalid |= {draft.contact_id for draft in drafts if draft.phone in result.refused}
        await self._skip(payer, skipped, invalid)
        return Submitted(accepted, len(invalid), short, await self._pending(payer), waiting)

    async def _look_up(self, payer: Payer, recipients: Sequence[Recipient]) -> "_Facts":
        async with self._database.org(payer.org_id) as connection:
            hours = await quiet_hours.of_org(connection, payer.org_id)
            return _Facts(
                windows=SendingClock(hours, await clock.now(connection), ROOM),
                own_numbers=set(await messages.own(connection, payer.org_id)),
                accepted=await _accepted(connection, payer, recipients),
            )

    async def _accept_all(
        self, payer: Payer, drafts: Sequence[Draft], confirmed: Terms | None
    ) -> Accepted:
        """Accept ``drafts``. Raises ``InvalidInput`` for what may stop a part of any chunk."""
        result = await self._accept(payer, drafts)
        if result.capped:
            raise InvalidInput.of("recipients", CAP_REACHED.message, CAP_REACHED.code)
        if result.unregistered:
            raise InvalidInput.of("from", UNREGISTERED.message, UNREGISTERED.code)
        if result.refused and confirmed:
            raise InvalidInput.of("recipients", _LIMITS_CHANGED, "sending_limits_changed")
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

    async def _drafts(
        self, org_id: UUID, recipients: Sequence[Recipient], confirmed: Terms | None
    ) -> list[Draft]:
        now = await self._terms.of_org(org_id)
        terms, drafts = confirmed or now, []
        for recipient in recipients:
            country = _country(recipient.phone)
            cost = terms.cost(recipient.body, country)
            if cost is None or terms.limits.refusal(country or "", cost.cents):
                continue
            if country not in now.cents_per_segment:
                raise InvalidInput.of("recipients", _WITHDRAWN, "destination_withdrawn")
            drafts.append(_draft(recipient, cost))
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


def _waiting(
    sending_clock: SendingClock, recipients: Sequence[Recipient]
) -> Mapping[UUID, datetime]:
    openings = ((r.contact_id, sending_clock.opens_at(r.time_zone, r.phone)) for r in recipients)
    return {contact_id: opens for contact_id, opens in openings if opens}


def _draft(recipient: Recipient, cost: Cost) -> Draft:
    return Draft(
        id=new_id(),
        contact_id=recipient.contact_id,
        phone=recipient.phone,
        body=recipient.body,
        segments=cost.segments,
        price_cents=cost.cents,
        smart_encoded=cost.smart_encoded,
        time_zone=recipient.time_zone,
        attendee_id=recipient.attendee_id,
    )


def _country(phone: str) -> str | None:
    try:
        return country_of(phone)
    except InvalidPhone:
        return None
