"""Accept a chunk of a campaign's recipients. Idempotent.

Each recipient is counted once, even if the chunk is submitted several times and something has
changed in between. A recipient counts by a charged message or by a stored skip. A recipient who has
a message keeps it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, country_of
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.domain.limits import CAP_REACHED
from services.messaging.sending.domain.quiet_hours import ROOM, SendingClock
from services.messaging.sending.domain.registered_senders import UNREGISTERED
from services.messaging.sending.domain.retries import Attempt
from services.messaging.sending.domain.send_options import NO_OPTIONS, SendOptions
from services.messaging.sending.domain.skips import SkipReason
from services.messaging.sending.domain.terms import Cost, Terms
from services.messaging.sending.storage import attempts, counts, messages, quiet_hours, skips
from services.messaging.sending.storage.attempts import Tried
from services.messaging.sending.storage.tally import Tally
from services.messaging.sending.support.accept_messages import Accepted, AcceptMessages
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.sender_check import require_sender

_LIMITS_CHANGED = (
    "Your organisation's sending limits no longer allow some recipients. Resume the campaign to"
    " leave them out."
)
_WITHDRAWN = (
    "Texts can no longer be sent to the country of some recipients. Resume the campaign to leave"
    " them out."
)


@dataclass(frozen=True, slots=True)
class ChunkRecipient:
    """A recipient, and the message to the recipient.

    `merged_ids` are contacts that were merged into the recipient.
    """

    contact_id: UUID
    phone: str
    body: str
    time_zone: str | None = None
    attendee_id: UUID | None = None
    merged_ids: tuple[UUID, ...] = ()

    @property
    def contact_ids(self) -> tuple[UUID, ...]:
        """The ids of the recipient's contact, and of the contacts that were merged into it."""
        return self.contact_id, *self.merged_ids


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some of a campaign's recipients.

    `skipped` are contacts that the campaign does not text. `confirmed` are the terms that a user
    has confirmed for the campaign; if there are none, the current terms apply. `retry_of` is the
    campaign whose failed messages are sent again, if the campaign is a retry. `media_urls` are the
    URLs of the pictures that every recipient gets. `options` are those that the customer has set
    for the campaign.
    """

    recipients: Sequence[ChunkRecipient]
    skipped: Mapping[UUID, SkipReason]
    confirmed: Terms | None
    retry_of: UUID | None = None
    media_urls: tuple[str, ...] = ()
    options: SendOptions = NO_OPTIONS


@dataclass(frozen=True, slots=True)
class Submitted:
    """The result of a chunk.

    Attributes:
        accepted: Recipients with a message, by this call or an earlier one.
        invalid: Recipients that were skipped by this call.
        insufficient_balance: Whether the balance did not cover all messages.
        pending: The count of the campaign's messages that wait to be sent.
        deferred: The contacts that are not texted at this hour, and the times at which their
            windows open.
    """

    accepted: int
    invalid: int
    insufficient_balance: bool
    pending: int
    deferred: Mapping[UUID, datetime]


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts that decide which recipients of a chunk are texted now.

    A message to one of the organisation's own phone numbers (E.164) would be a loop. `accepted` are
    contacts that have a message. `tried` are the earlier attempts at the messages that a retry
    sends again.
    """

    windows: SendingClock
    own_numbers: Collection[str]
    accepted: Collection[UUID]
    tried: Mapping[UUID, Tried]


class SubmitChunk:
    """Accepts chunks of campaigns: stores and charges their messages."""

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

    async def submit(self, payer: Payer, chunk: Chunk) -> Submitted:
        """Store and charge the messages of a chunk, and let sender processes claim them.

        Recipients with one of the organisation's own phone numbers are counted as invalid, and so
        are recipients that the terms do not allow. Skipped recipients are stored as such.

        Raises:
            InvalidInput: no_sender if the organisation has no phone number to send from. The whole
                chunk may be submitted again after daily_spend_cap_reached (the limit covers a
                part), unregistered_sender (US carriers would refuse a part), destination_withdrawn
                and sending_limits_changed (a part was allowed when the terms were confirmed).
        """
        if chunk.recipients:
            await require_sender(self._accounts, payer.org_id)
        facts = await self._look_up(payer, chunk)
        fresh = [r for r in chunk.recipients if r.contact_id not in facts.accepted]
        deferred = _deferred(facts.windows, fresh)
        ready = [r for r in fresh if r.contact_id not in deferred]
        others = [r for r in ready if r.phone not in facts.own_numbers]
        drafts = [
            _as_attempt(draft, facts.tried)
            for draft in await self._drafts(payer.org_id, others, chunk)
        ]
        invalid = {r.contact_id for r in ready} - {draft.contact_id for draft in drafts}
        accepted, insufficient = len(facts.accepted), False
        if drafts:
            result = await self._accept_all(payer, drafts, chunk.confirmed)
            accepted += len(result.ids)
            insufficient = result.insufficient_balance
            invalid |= {draft.contact_id for draft in drafts if draft.phone in result.refused}
        await self._skip(payer, chunk.skipped, invalid)
        pending = await self._pending(payer)
        return Submitted(accepted, len(invalid), insufficient, pending, deferred)

    async def _look_up(self, payer: Payer, chunk: Chunk) -> "_Facts":
        contact_ids = [recipient.contact_id for recipient in chunk.recipients]
        async with self._database.org(payer.org_id) as connection:
            hours = await quiet_hours.of_org(connection, payer.org_id)
            tried = (
                await attempts.of_campaign(connection, payer.org_id, chunk.retry_of, contact_ids)
                if chunk.retry_of
                else {}
            )
            accepted = await _accepted(connection, payer, chunk.recipients)
            return _Facts(
                windows=SendingClock(hours, await clock.now(connection), ROOM),
                own_numbers=set(await messages.own_numbers(connection, payer.org_id)),
                # A recipient whom another attempt reaches in the meantime is not texted twice.
                accepted={*accepted, *(each for each, what in tried.items() if what.is_alive)},
                tried=tried,
            )

    async def _accept_all(
        self, payer: Payer, drafts: Sequence[Draft], confirmed: Terms | None
    ) -> Accepted:
        """Accept `drafts`. Raises `InvalidInput` for a refusal that a user can resolve."""
        result = await self._accept.accept(payer, drafts)
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
        tally = Tally()
        async with self._database.org(payer.org_id) as connection:
            await counts.lock(connection, payer)
            tally.skip(payer, await skips.add(connection, payer, reasons))
            await tally.write(connection)

    async def _drafts(
        self, org_id: UUID, recipients: Sequence[ChunkRecipient], chunk: Chunk
    ) -> list[Draft]:
        now, pictures = await self._terms.of_org(org_id), bool(chunk.media_urls)
        terms, drafts = chunk.confirmed or now, []
        for recipient in recipients:
            country = _country(recipient.phone)
            cost = terms.cost(recipient.body, country, pictures=pictures)
            if cost is None or terms.limits.refusal(country or "", cost.cents):
                continue
            if not now.offers(country, pictures=pictures):
                raise InvalidInput.of("recipients", _WITHDRAWN, "destination_withdrawn")
            drafts.append(_draft(recipient, cost, chunk))
        return drafts

    async def _pending(self, payer: Payer) -> int:
        if payer.campaign_id is None:
            return 0
        async with self._database.org(payer.org_id) as connection:
            found = await counts.of_campaigns(connection, payer.org_id, [payer.campaign_id])
        return found[0].pending if found else 0


async def _accepted(
    connection: AsyncConnection, payer: Payer, recipients: Sequence[ChunkRecipient]
) -> Collection[UUID]:
    """Return the contacts among `recipients` for whom the campaign or event already has a message.

    A contact may have taken over the phone number of a merged contact. Then a message to the merged
    contact counts as one to the contact.
    """
    all_ids = [contact_id for r in recipients for contact_id in r.contact_ids]
    texted = await skips.with_message(connection, payer, all_ids)
    found = {r.contact_id for r in recipients if not texted.isdisjoint(r.contact_ids)}
    if payer.purpose:
        attendee_ids = [r.attendee_id for r in recipients if r.attendee_id]
        reached = await skips.attendees_with_message(connection, payer, payer.purpose, attendee_ids)
        found |= {r.contact_id for r in recipients if r.attendee_id in reached}
    return found


def _as_attempt(draft: Draft, tried: Mapping[UUID, Tried]) -> Draft:
    """Return `draft`; or, if `tried` has an earlier attempt, return it as the next attempt."""
    before = tried.get(draft.contact_id)
    if before is None:
        return draft
    return Attempt(draft.attendee_id, before.first_id, before.next_number).made_of(draft)


def _deferred(
    sending_clock: SendingClock, recipients: Sequence[ChunkRecipient]
) -> Mapping[UUID, datetime]:
    openings = ((r.contact_id, sending_clock.opens_at(r.time_zone, r.phone)) for r in recipients)
    return {contact_id: opens for contact_id, opens in openings if opens}


def _draft(recipient: ChunkRecipient, cost: Cost, chunk: Chunk) -> Draft:
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
        media_urls=chunk.media_urls,
        options=chunk.options,
    )


def _country(phone: str) -> str | None:
    try:
        return country_of(phone)
    except InvalidPhone:
        return None
