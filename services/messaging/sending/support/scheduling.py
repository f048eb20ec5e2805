"""Store texts, batches and replies that are sent later."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from servicekit import operation
from servicekit.db import clock
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import require_verified_email
from servicekit.phones import Phone
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.support.audit import audit
from services.messaging.sending.domain.batches import WaitingText
from services.messaging.sending.domain.chosen_sender import refusal_to
from services.messaging.sending.domain.drafts import check_length
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.recipients import OPTED_OUT, OWN_NUMBER
from services.messaging.sending.domain.scheduled_sends import (
    LaterRecipient,
    ScheduledRecipient,
    ScheduledSend,
    SendLater,
    require_future,
)
from services.messaging.sending.domain.terms import Cost, Terms, price_changed
from services.messaging.sending.storage import messages, scheduled_recipients, scheduled_sends
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.sender_check import require_sender, with_own_number


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The scheduled send that was stored, and its outcome for each recipient, by position.

    The scheduled send is None if nobody can be texted.
    """

    send: ScheduledSend | None
    outcomes: Mapping[int, WaitingText | Refusal]

    @property
    def refused(self) -> Mapping[int, Refusal]:
        """Why recipients get no text, by their positions."""
        return {at: why for at, why in self.outcomes.items() if isinstance(why, Refusal)}


class Scheduling:
    """Stores scheduled sends with the current prices, which the user confirms by the request."""

    def __init__(
        self,
        database: Database,
        accounts: SendingAccounts,
        recipients: Recipients,
        terms: CurrentTerms,
        verified_only: bool,
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._recipients = recipients
        self._terms = terms
        self._verified_only = verified_only

    async def schedule(self, request: SendLater) -> Scheduled:
        """Store a request as a scheduled send. A repeated operation returns what it stored before.

        Raises:
            Forbidden: email_not_verified.
            InvalidInput: no_sender, unknown_sender, unsuitable_sender, message_too_long,
                send_at_too_soon, or too far ahead.
            Conflict: price_changed if the request's quote is no longer valid.
            Unavailable: A service that is needed does not answer.
        """
        require_verified_email(self._verified_only)
        check_length("message", request.body)
        repeated = await self._repeated(request)
        if repeated:
            return repeated
        await require_sender(self._accounts, request.payer.org_id)
        terms = await self._terms.of_org(request.payer.org_id)
        if not terms.match(request.price_version, pictures=bool(request.media_urls)):
            raise price_changed()
        request = await self._from_own_number(request)
        costs, refused = await self._costs(request, terms)
        recipients, opted_out = await self._waiting(request, costs)
        refused |= dict.fromkeys(opted_out, OPTED_OUT)
        waiting = {r.position: WaitingText(r.segments, r.price_cents) for r in recipients}
        send = await self._store(request, recipients, refused) if recipients else None
        return Scheduled(send, {**refused, **waiting})

    async def _from_own_number(self, request: SendLater) -> SendLater:
        """Return `request` with the phone number that the customer chose, if there is one."""
        org_id, pictures = request.payer.org_id, bool(request.media_urls)
        options = await with_own_number(self._database, org_id, request.options, pictures=pictures)
        return replace(request, options=options)

    async def _repeated(self, request: SendLater) -> Scheduled | None:
        """Return the scheduled send that this operation stored before, or None for a new request.

        The send time of a new request is checked.
        """
        org_id = request.payer.org_id
        async with self._database.org(org_id) as connection:
            known = await scheduled_sends.of_operation(connection, org_id, operation.current())
            send = await scheduled_sends.find(connection, org_id, known) if known else None
            if send is None:
                require_future(request.when, await clock.now(connection))
                return None
            outcomes = await scheduled_recipients.outcomes(connection, org_id, send.id)
        return Scheduled(send, outcomes)

    async def _costs(
        self, request: SendLater, terms: Terms
    ) -> tuple[dict[int, Cost], dict[int, Refusal]]:
        """Return the cost for each recipient who can be texted, and why the others can't."""
        org_id = request.payer.org_id
        async with self._database.org(org_id) as connection:
            numbers = {each.phone.e164 for each in request.recipients.values()}
            own = await messages.own_numbers_among(connection, org_id, numbers)
        costs: dict[int, Cost] = {}
        refused = dict(request.refused)
        for position, each in request.recipients.items():
            if position in refused:
                continue
            phone, body = each.phone, request.body_to(each)
            cost = terms.cost(body, phone.country, pictures=bool(request.media_urls))
            refusal = OWN_NUMBER if phone.e164 in own else _refusal(request, terms, phone, cost)
            if refusal:
                refused[position] = refusal
            elif cost:
                costs[position] = cost
        return costs, refused

    async def _waiting(
        self, request: SendLater, costs: Mapping[int, Cost]
    ) -> tuple[list[ScheduledRecipient], list[int]]:
        """Return the recipients, and the positions of those whose contacts have opted out."""
        if not costs:
            return [], []
        contacts = await self._recipients.ensure(
            request.payer.org_id, [request.recipients[position].phone.e164 for position in costs]
        )
        waiting, opted_out = [], []
        for position, cost in costs.items():
            each = request.recipients[position]
            contact = contacts[each.phone.e164]
            if contact.opted_out:
                opted_out.append(position)
            else:
                waiting.append(_recipient(position, each, contact.contact_id, cost))
        return waiting, opted_out

    async def _store(
        self,
        request: SendLater,
        recipients: list[ScheduledRecipient],
        refused: Mapping[int, Refusal],
    ) -> ScheduledSend | None:
        org_id = request.payer.org_id
        async with self._database.org(org_id) as connection:
            scheduled_id: UUID = await scheduled_sends.add(
                connection, request, operation.current(), recipients, refused
            )
            await audit(connection, "send_scheduled", "scheduled_send", str(scheduled_id))
            return await scheduled_sends.find(connection, org_id, scheduled_id)


def _recipient(
    position: int, each: LaterRecipient, contact_id: UUID, cost: Cost
) -> ScheduledRecipient:
    return ScheduledRecipient(
        position,
        each.number,
        each.phone.e164,
        contact_id,
        cost.segments,
        cost.cents,
        cost.smart_encoded,
        each.own.body,
        each.own.reference,
        each.own.metadata or None,
    )


def _refusal(request: SendLater, terms: Terms, phone: Phone, cost: Cost | None) -> Refusal | None:
    unsuitable = refusal_to(phone.country, request.options.from_number)
    if unsuitable:
        return unsuitable
    if cost is None:
        return terms.no_price(phone.country)
    return terms.limits.refusal(phone.country, cost.cents)


def require_scheduled(scheduled: Scheduled, field: str) -> ScheduledSend:
    """Return a scheduled send that has a single recipient.

    Raises:
        InvalidInput: The recipient can't be texted. The error names `field`.
    """
    if scheduled.send:
        return scheduled.send
    [refusal] = scheduled.refused.values()
    raise InvalidInput.of(field, refusal.message, refusal.code)
