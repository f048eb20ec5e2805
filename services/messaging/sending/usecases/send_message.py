"""Send one text at once, and answer with what the provider said."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import require_verified_email
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, Phone, normalise
from services.messaging.common.domain.provider_errors import explain
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.storage.send_jobs import wake_sender
from services.messaging.sending.domain.drafts import MAX_BODY_CHARACTERS, Draft, Payer
from services.messaging.sending.domain.outcomes import Outcome, Verdict
from services.messaging.sending.domain.retries import Attempt
from services.messaging.sending.domain.terms import Terms, price_changed
from services.messaging.sending.providers.twilio_messages import Outgoing
from services.messaging.sending.storage import acceptance, messages, sending
from services.messaging.sending.support.conversations import Conversations, SentText
from services.messaging.sending.support.pricing import CurrentTerms
from services.messaging.sending.usecases.accept_messages import AcceptMessages
from services.messaging.sending.usecases.hand_over import HandOver
from services.messaging.sending.usecases.submit_chunk import require_sender


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom to text: a number, and the caller's field that named it, for errors.

    ``from_number`` is the sender that it must come from, where the provider is not to choose.
    ``attempt``: which attempt at a text to an attendee it is, if it is one.
    ``answers``: what they wrote counts as read once the text is accepted.
    """

    field: str
    phone: Phone
    from_number: str | None = None
    attempt: Attempt | None = None
    answers: bool = False

    def refuse(self, message: str, code: str | None = None) -> InvalidInput:
        """The error that says what is wrong with them."""
        return InvalidInput.of(self.field, message, code)


class SendMessage:
    """Sends single texts."""

    def __init__(
        self,
        database: Database,
        accept: AcceptMessages,
        hand_over: HandOver,
        recipients: Recipients,
        terms: CurrentTerms,
        conversations: Conversations,
        verified_only: bool,
    ) -> None:
        self._database = database
        self._accept = accept
        self._hand_over = hand_over
        self._recipients = recipients
        self._terms = terms
        self._conversations = conversations
        self._verified_only = verified_only

    async def __call__(
        self, payer: Payer, to: str, body: str, price_version: str | None = None
    ) -> RowMapping:
        """Send ``body`` to the number written in ``to``; as :meth:`send`."""
        return await self.send(payer, Addressee("to", parse_phone("to", to)), body, price_version)

    async def send(
        self, payer: Payer, to: Addressee, body: str, price_version: str | None = None
    ) -> RowMapping:
        """Send ``body`` to an addressee; the message as it stands afterwards.

        Raises ``Forbidden`` email_not_verified, ``InvalidInput`` (the number, opted_out,
        no_sender, message_too_long, or the provider's refusal, after a refund),
        ``InsufficientBalance``, ``Unavailable``, ``Conflict`` price_changed where ``price_version``
        no longer holds, and for an attempt ``Conflict`` already_sending.
        """
        require_verified_email(self._verified_only)
        check_length("message", body)
        await require_sender(self._hand_over.accounts, payer.org_id)
        terms = await self._terms.of_org(payer.org_id)
        draft = await self._draft(payer, to, body, terms)
        if not terms.hold(price_version) and not await self._is_repeat(payer.org_id, draft):
            raise price_changed()
        accepted = await self._accept(payer, [draft], ring=False)
        message_id = accepted.require(draft.phone, to.field)
        outcome = await self._send(payer.org_id, replace(draft, id=message_id), to.answers)
        if outcome and outcome.verdict is Verdict.REFUSED:
            raise _refusal(to, outcome)
        return await messages.get(self._database, payer.org_id, message_id)

    async def _is_repeat(self, org_id: UUID, draft: Draft) -> bool:
        """Whether the client's operation has its text already: it was confirmed in its time."""
        async with self._database.org(org_id) as connection:
            return await acceptance.has_any_of(connection, org_id, [draft.operation_id])

    async def _draft(self, payer: Payer, to: Addressee, body: str, terms: Terms) -> Draft:
        number, country = to.phone.e164, to.phone.country
        async with self._database.org(payer.org_id) as connection:
            if await messages.own_among(connection, payer.org_id, [number]):
                raise to.refuse("is one of your own sending numbers", "own_number")
        cost = terms.cost(body, country)
        if cost is None:
            raise to.refuse(f"texts to {country} are not offered", "destination_not_served")
        contact = (await self._recipients.ensure(payer.org_id, [number]))[number]
        if contact.opted_out:
            raise to.refuse(
                "this person opted out; you cannot text them until they text START", "opted_out"
            )
        draft = Draft(
            new_id(),
            contact.contact_id,
            number,
            body,
            cost.segments,
            cost.cents,
            operation.part(number),
            to.from_number,
            smart_encoded=cost.smart_encoded,
        )
        return to.attempt.made_of(draft) if to.attempt else draft

    async def _send(self, org_id: UUID, draft: Draft, answers: bool) -> Outcome | None:
        lease = self._hand_over.lease()
        async with self._database.org(org_id) as connection:
            attempts = await sending.claim_one(connection, org_id, draft.id, self._hand_over.pace)
            # Not now: a client that repeats an operation finds the message that it made long ago.
            at = await messages.created_at(connection, org_id, draft.id)
            sent = SentText(draft.contact_id, draft.phone, draft.body, at, answers)
            await self._conversations.show_sent(connection, org_id, sent)
        if attempts is None:
            return None
        outgoing = Outgoing(
            draft.id,
            draft.phone,
            draft.body,
            attempts,
            draft.from_number,
            smart_encoded=draft.smart_encoded,
        )
        [outcome] = await self._hand_over(org_id, [outgoing], lease)
        if outcome.verdict is Verdict.LATER:
            async with self._database.org(org_id) as connection:
                await wake_sender(connection, org_id)
        return outcome


def parse_phone(field: str, raw: str) -> Phone:
    """The number written in ``raw``. Raises ``InvalidInput`` that names ``field``."""
    try:
        return normalise(raw)
    except InvalidPhone as error:
        raise InvalidInput.of(field, error.message, "invalid_number") from None


def check_length(field: str, body: str) -> None:
    """Raise ``InvalidInput`` message_too_long for a text that no provider takes."""
    if len(body) > MAX_BODY_CHARACTERS:
        raise InvalidInput.of(
            field,
            f"has {len(body)} characters; shorten it to {MAX_BODY_CHARACTERS} at the most",
            "message_too_long",
        )


def _refusal(to: Addressee, outcome: Outcome) -> InvalidInput:
    explanation = explain(outcome.error_code)
    text = explanation.description if explanation else "The provider refused this text."
    return to.refuse(text, "opted_out" if outcome.opted_out else "provider_refused")
