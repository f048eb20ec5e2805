"""Take a chunk of a campaign's recipients. Coming again, it adds nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, NotFound
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, country_of
from services.messaging.domain.drafts import Draft, Payer
from services.messaging.domain.limits import CAP_REACHED
from services.messaging.domain.quiet_hours import ROOM, QuietHours, SendingClock
from services.messaging.domain.registered_senders import UNREGISTERED
from services.messaging.domain.terms import Cost, Terms
from services.messaging.storage import counts, messages, quiet_hours
from services.messaging.usecases.accept_messages import AcceptMessages
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.pricing import CurrentTerms

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

    ``waiting``: by contact, when the windows open of those that are not texted at this hour.
    """

    accepted: int
    invalid: int
    short: bool
    pending: int
    waiting: Mapping[UUID, datetime]


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
        self, payer: Payer, recipients: Sequence[Recipient], confirmed: Terms | None
    ) -> Submitted:
        """Store, charge and release the chunk's messages, by the terms that were ``confirmed``.

        The organisation's own numbers count as invalid, and so do recipients that the terms do not
        allow; without confirmed terms, those of now count. Raises ``InvalidInput``: no_sender where
        the organisation has nothing to send from, daily_spend_cap_reached where its cap covers a
        part of the chunk, unregistered_sender where US carriers would refuse a part, and
        destination_withdrawn or sending_limits_changed where a part was allowed when the terms were
        confirmed. The whole chunk may be submitted again.
        """
        await require_sender(self._accounts, payer.org_id)
        hours, own = await self._look_up(payer.org_id)
        waiting = _waiting(hours, recipients)
        awake = [r for r in recipients if r.contact_id not in waiting]
        others = [r for r in awake if r.phone not in own]
        drafts = await self._drafts(payer.org_id, others, confirmed)
        invalid = len(awake) - len(drafts)
        accepted, short = 0, False
        if drafts:
            result = await self._accept(payer, drafts)
            if result.capped:
                raise InvalidInput.of("recipients", CAP_REACHED.message, CAP_REACHED.code)
            if result.unregistered:
                raise InvalidInput.of("from", UNREGISTERED.message, UNREGISTERED.code)
            if result.refused and confirmed:
                raise InvalidInput.of("recipients", _LIMITS_CHANGED, "sending_limits_changed")
            accepted, short = len(result.ids), result.short
            invalid += len(result.refused)
        return Submitted(accepted, invalid, short, await self._pending(payer), waiting)

    async def _look_up(self, org_id: UUID) -> tuple[QuietHours, Collection[str]]:
        """The organisation's windows, and its own numbers (E.164): texting them would be a loop."""
        async with self._database.org(org_id) as connection:
            hours = await quiet_hours.of_org(connection, org_id)
            return hours, set(await messages.own(connection, org_id))

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
