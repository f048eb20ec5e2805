"""Decide which recipients of a scheduled send are texted now that its time has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.operation import part
from servicekit.phones import canonical, country_of
from services.messaging.common.domain.recipients import Recipient
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.chosen_sender import RELEASED
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.quiet_hours import ROOM, SendingClock
from services.messaging.sending.domain.recipients import EXPIRED, OPTED_OUT, OWN_NUMBER
from services.messaging.sending.domain.scheduled_sends import (
    CONTACT_DELETED,
    ScheduledKind,
    ScheduledRecipient,
)
from services.messaging.sending.domain.terms import Terms
from services.messaging.sending.storage import messages, quiet_hours, scheduled_turns
from services.messaging.sending.storage.scheduled_turns import ScheduledTurn
from services.messaging.sending.support.current_terms import CurrentTerms


@dataclass(slots=True)
class TurnPlan:
    """The recipients of a turn, each in one group. Keys are the recipients' positions.

    Attributes:
        sent: Recipients who have a message from an interrupted turn, and the message's id.
        refused: Recipients who get no text, and why.
        ready: Recipients who may be texted now.
        next_at: The earliest end of the quiet hours of the other recipients, if there are any.
        from_number: The phone number to send from; None lets Twilio choose.
    """

    sent: dict[int, UUID] = field(default_factory=dict)
    refused: dict[int, Refusal] = field(default_factory=dict)
    ready: list[tuple[ScheduledRecipient, Recipient]] = field(default_factory=list)
    next_at: datetime | None = None
    from_number: str | None = None


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts that decide who is texted now. The contacts are keyed by phone number."""

    now: datetime
    windows: SendingClock
    own_numbers: frozenset[str]
    terms: Terms
    contacts: Mapping[str, Recipient]


class PlanTurns:
    """Plans turns. A turn is one attempt to send what is due of a scheduled send."""

    def __init__(self, database: Database, recipients: Recipients, terms: CurrentTerms) -> None:
        self._database = database
        self._recipients = recipients
        self._terms = terms

    async def plan(self, turn: ScheduledTurn) -> TurnPlan:
        """Decide about each recipient who was not texted yet.

        If that is not possible now, the scheduled send is released for a later attempt, unless the
        turn has created messages.

        Raises:
            Unavailable: A service that is needed does not answer.
        """
        async with self._database.org(turn.org_id) as connection:
            waiting = await scheduled_turns.waiting(connection, turn.org_id, turn.id)
            operations = {recipient.position: part(recipient.phone) for recipient in waiting}
            known = await scheduled_turns.accepted(
                connection, turn.org_id, [own for own in operations.values() if own]
            )
        plan = TurnPlan()
        for position, own in operations.items():
            if own and own in known:
                plan.sent[position] = known[own]
        rest = [recipient for recipient in waiting if recipient.position not in plan.sent]
        try:
            await self._sort(turn, rest, plan)
        except Exception:
            if not plan.sent:
                async with self._database.org(turn.org_id) as connection:
                    await scheduled_turns.give_back(connection, turn)
            raise
        return plan

    async def _sort(
        self, turn: ScheduledTurn, waiting: Sequence[ScheduledRecipient], plan: TurnPlan
    ) -> None:
        """Put each recipient who was not texted yet into a group of `plan`."""
        facts = await self._facts(turn, waiting)
        if turn.options.from_number or turn.from_number in facts.own_numbers:
            plan.from_number = turn.from_number
        for recipient in waiting:
            contact = facts.contacts.get(recipient.phone)
            refusal = _refusal(turn, facts, recipient, contact)
            if refusal or contact is None:
                plan.refused[recipient.position] = refusal or CONTACT_DELETED
                continue
            opens = facts.windows.opens_at(contact.time_zone, recipient.phone)
            waits = opens if turn.respect_quiet_hours else None
            if waits and turn.valid_until and waits >= turn.valid_until:
                plan.refused[recipient.position] = EXPIRED
            elif waits:
                plan.next_at = min(waits, plan.next_at or waits)
            else:
                plan.ready.append((recipient, contact))

    async def _facts(self, turn: ScheduledTurn, waiting: Sequence[ScheduledRecipient]) -> _Facts:
        terms = await self._terms.of_org(turn.org_id)
        contacts = await self._contacts(turn, waiting)
        async with self._database.org(turn.org_id) as connection:
            hours = await quiet_hours.of_org(connection, turn.org_id)
            now = await clock.now(connection)
            return _Facts(
                now=now,
                windows=SendingClock(hours, now, ROOM),
                own_numbers=frozenset(await messages.own_numbers(connection, turn.org_id)),
                terms=terms,
                contacts=contacts,
            )

    async def _contacts(
        self, turn: ScheduledTurn, waiting: Sequence[ScheduledRecipient]
    ) -> Mapping[str, Recipient]:
        """Return the contacts of the recipients by phone number.

        A reply goes to the contact whose id is stored with it.
        """
        if not waiting:
            return {}
        if turn.kind is ScheduledKind.REPLY:
            try:
                await self._recipients.find(turn.org_id, waiting[0].contact_id)
            except NotFound:
                return {}
        return await self._recipients.ensure(turn.org_id, [r.phone for r in waiting])


def _refusal(
    turn: ScheduledTurn, facts: _Facts, recipient: ScheduledRecipient, contact: Recipient | None
) -> Refusal | None:
    if turn.valid_until and turn.valid_until <= facts.now:
        return EXPIRED
    chosen = turn.options.from_number
    if chosen and canonical(chosen) not in facts.own_numbers:
        return RELEASED
    if contact is None:
        return CONTACT_DELETED
    if contact.opted_out:
        return OPTED_OUT
    if recipient.phone in facts.own_numbers:
        return OWN_NUMBER
    country = country_of(recipient.phone)
    cost = facts.terms.cost(turn.body, country, pictures=bool(turn.media_urls))
    return facts.terms.no_price(country) if cost is None else None
