"""Send texts to many recipients, one to each number, and return the outcome for each recipient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance, InvalidInput
from servicekit.identity import require_verified_email
from servicekit.ids import new_id
from servicekit.phones import Phone
from servicekit.slices import in_slices
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.domain.recipients import Recipient
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.batches import (
    AcceptedText,
    Entry,
    Outcome,
    Refused,
    number_of,
    sort_entries,
)
from services.messaging.sending.domain.chosen_sender import refusal_to
from services.messaging.sending.domain.drafts import Content, Draft, Payer, check_length
from services.messaging.sending.domain.earlier_messages import Earlier, by_position, operation_ids
from services.messaging.sending.domain.limits import Refusal
from services.messaging.sending.domain.recipients import (
    INSUFFICIENT_BALANCE,
    OPTED_OUT,
    OWN_NUMBER,
)
from services.messaging.sending.domain.terms import Cost, Terms, price_changed
from services.messaging.sending.storage import acceptance, messages
from services.messaging.sending.support.accept_messages import Accepted, AcceptMessages
from services.messaging.sending.support.batch_numbers import numbers_of
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.sender_check import require_sender, with_own_number


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch that is being sent.

    `phones` are the recipients who have no accepted message of this operation yet, by their
    positions. `earlier` are the messages that an earlier call of the operation has stored.
    """

    payer: Payer
    entries: Sequence[Entry]
    content: Content
    terms: Terms
    phones: Mapping[int, Phone]
    earlier: Mapping[int, Earlier]

    @property
    def begun(self) -> bool:
        """Whether an earlier call has accepted messages."""
        return any(message.charged for message in self.earlier.values())

    def operation_id(self, position: int) -> UUID | None:
        """Return the id that a recipient's message has within the operation, if there is one."""
        if position in self.earlier:
            return self.earlier[position].operation_id
        ids = operation_ids(self.entries[position].contact_id, self.phones[position].e164)
        return ids[0] if ids else None

    def cost(self, position: int) -> Cost | None:
        """Return the size and price of a recipient's text, None if we don't send to the country."""
        body = self.entries[position].own.body or self.content.body
        country = self.phones[position].country
        return self.terms.cost(body, country, pictures=self.content.has_pictures)


class SendBatch:
    """Accepts batches. Sender processes send their messages."""

    def __init__(
        self,
        database: Database,
        accept: AcceptMessages,
        accounts: SendingAccounts,
        recipients: Recipients,
        terms: CurrentTerms,
        verified_only: bool,
    ) -> None:
        self._database = database
        self._accept = accept
        self._accounts = accounts
        self._recipients = recipients
        self._terms = terms
        self._verified_only = verified_only

    async def send(
        self, payer: Payer, entries: Sequence[Entry], content: Content, price_version: str | None
    ) -> Sequence[Outcome]:
        """Accept `content`, or a recipient's own text, for each recipient who can be texted.

        A repeated operation finds the messages that it created before, whatever has changed since.

        Returns:
            The outcome for each recipient, in the order of `entries`.

        Raises:
            Forbidden: email_not_verified.
            InvalidInput: no_sender, unknown_sender, unsuitable_sender or message_too_long.
            Conflict: price_changed if `price_version` is no longer valid.
            InsufficientBalance: The balance does not cover even one message.
            Unavailable: A service that is needed does not answer.
        """
        require_verified_email(self._verified_only)
        check_length("message", content.body)
        numbers = await numbers_of(entries)
        earlier = await self._earlier(payer.org_id, entries, numbers)
        known = {at: message for at, message in earlier.items() if message.charged}
        for at in earlier.keys() - known.keys():  # finished as it was begun
            numbers[at] = number_of(replace(entries[at], number=earlier[at].phone))
        found = sort_entries(entries, numbers, {at: message.phone for at, message in known.items()})
        outcomes = {**found.outcomes, **{at: _accepted_text(known[at]) for at in known}}
        try:
            await require_sender(self._accounts, payer.org_id)
            content = await self._from_own_number(payer.org_id, content)
        except InvalidInput as error:
            if not known:
                raise
            refused = {at: _refused(error) for at in found.phones}
            return _in_order({**outcomes, **refused})
        terms = await self._terms.of_org(payer.org_id)
        if not earlier and not terms.match(price_version, pictures=content.has_pictures):
            raise price_changed()
        batch = _Batch(payer, entries, content, terms, found.phones, earlier)
        return _in_order({**outcomes, **await self._outcomes(batch)})

    async def _from_own_number(self, org_id: UUID, content: Content) -> Content:
        """Return `content` with the phone number that the customer chose, if there is one."""
        pictures = content.has_pictures
        options = await with_own_number(self._database, org_id, content.options, pictures=pictures)
        return replace(content, options=options)

    async def _earlier(
        self, org_id: UUID, entries: Sequence[Entry], numbers: Sequence[Phone | Refused]
    ) -> Mapping[int, Earlier]:
        """Return the messages that this operation has stored before, by recipient.

        If there are any, the price is not checked again.
        """
        ids = [
            operation_ids(entry.contact_id, number.e164 if isinstance(number, Phone) else None)
            for entry, number in zip(entries, numbers, strict=True)
        ]
        return by_position(entries, ids, await self._stored(org_id, [*chain(*ids)]))

    async def _stored(self, org_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Earlier]:
        async with self._database.org(org_id) as connection:
            return await acceptance.of_operations(connection, org_id, ids)

    async def _outcomes(self, batch: _Batch) -> Mapping[int, Outcome]:
        """Accept the messages of the recipients who have none yet."""
        costs, refused = await self._costs(batch)
        drafts, opted_out = await self._drafts(batch, costs)
        outcomes: dict[int, Outcome] = {
            at: batch.entries[at].refuse(why) for at, why in {**refused, **opted_out}.items()
        }
        if not drafts:
            return outcomes
        accepted = await self._accept.accept(batch.payer, list(drafts.values()))
        if not batch.begun and not accepted.ids and not accepted.refused:
            raise InsufficientBalance(INSUFFICIENT_BALANCE.message)
        return {**outcomes, **await self._accepted(batch, drafts, accepted)}

    async def _accepted(
        self, batch: _Batch, drafts: Mapping[int, Draft], accepted: Accepted
    ) -> Mapping[int, Outcome]:
        """Return the outcomes of drafts, by their positions in the batch.

        A message that an earlier call stored keeps its size and price.
        """
        ids = accepted.ids
        unlike = [d.operation_id for d in drafts.values() if ids.get(d.phone, d.id) != d.id]
        known = [operation_id for operation_id in unlike if operation_id]
        stored = await self._stored(batch.payer.org_id, known) if known else {}
        outcomes: dict[int, Outcome] = {}
        for at, draft in drafts.items():
            earlier = stored.get(draft.operation_id) if draft.operation_id else None
            if draft.phone not in ids:
                outcomes[at] = batch.entries[at].refuse(accepted.reason(draft.phone))
            elif earlier:
                outcomes[at] = _accepted_text(earlier)
            else:
                outcomes[at] = AcceptedText(draft.id, draft.segments, draft.price_cents)
        return outcomes

    async def _costs(self, batch: _Batch) -> tuple[Mapping[int, Cost], Mapping[int, Refusal]]:
        """Return the cost for each recipient whose number can be texted, and why others can't."""
        org_id, sender = batch.payer.org_id, batch.content.options.from_number
        numbers = {phone.e164 for phone in batch.phones.values()}
        async with self._database.org(org_id) as connection:
            own = await messages.own_numbers_among(connection, org_id, numbers)
        costs: dict[int, Cost] = {}
        refused: dict[int, Refusal] = {}
        async for at, phone in in_slices(batch.phones.items()):
            cost = batch.cost(at)
            refusal = OWN_NUMBER if phone.e164 in own else refusal_to(phone.country, sender)
            if refusal or cost is None:
                refused[at] = refusal or batch.terms.no_price(phone.country)
            else:
                costs[at] = cost
        return costs, refused

    async def _drafts(
        self, batch: _Batch, costs: Mapping[int, Cost]
    ) -> tuple[Mapping[int, Draft], Mapping[int, Refusal]]:
        """Return the messages to store, and the recipients who have opted out."""
        if not costs:
            return {}, {}
        contacts = await self._recipients.ensure(
            batch.payer.org_id, [batch.phones[at].e164 for at in costs]
        )
        drafts, opted_out = {}, {}
        for at, cost in costs.items():
            contact = contacts[batch.phones[at].e164]
            if contact.opted_out:
                opted_out[at] = OPTED_OUT
            else:
                drafts[at] = _draft(batch, at, cost, contact)
        return drafts, opted_out


def _draft(batch: _Batch, at: int, cost: Cost, contact: Recipient) -> Draft:
    phone, own, content = batch.phones[at].e164, batch.entries[at].own, batch.content
    return Draft(
        new_id(),
        contact.contact_id,
        phone,
        own.body or content.body,
        cost.segments,
        cost.cents,
        batch.operation_id(at),
        content.options.from_number,
        smart_encoded=cost.smart_encoded,
        media_urls=content.media_urls,
        options=own.options(content.options),
    )


def _in_order(outcomes: Mapping[int, Outcome]) -> Sequence[Outcome]:
    return [outcomes[at] for at in range(len(outcomes))]


def _refused(error: InvalidInput) -> Refused:
    """Return the outcome for a recipient who is not texted because of the batch's ``error``."""
    fault = error.fields[0]
    return Refused(Refusal(error.code, fault.message), fault.field)


def _accepted_text(message: Earlier) -> AcceptedText:
    return AcceptedText(message.id, message.segments, message.price_cents)
