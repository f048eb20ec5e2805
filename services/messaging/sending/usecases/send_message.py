"""Send one message at once, and return what Twilio said."""

from dataclasses import dataclass, replace
from uuid import UUID

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.identity import require_verified_email
from servicekit.ids import new_id
from servicekit.phones import Phone
from services.messaging.common.domain.platform_codes import SENDER_RELEASED, TEXT_EXPIRED
from services.messaging.common.domain.provider_errors import explain
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.storage.send_jobs import wake_sender
from services.messaging.sending.domain.chosen_sender import FIELD, RELEASED, refusal_to
from services.messaging.sending.domain.drafts import Draft, Payer, check_length
from services.messaging.sending.domain.message_status import MessageStatus
from services.messaging.sending.domain.messages import Message
from services.messaging.sending.domain.outcomes import Outcome, Verdict
from services.messaging.sending.domain.outgoing import Outgoing, expiry_of
from services.messaging.sending.domain.recipients import EXPIRED, OPTED_OUT, OWN_NUMBER
from services.messaging.sending.domain.retries import Attempt
from services.messaging.sending.domain.send_options import NO_OPTIONS, SendOptions
from services.messaging.sending.domain.terms import Terms, price_changed
from services.messaging.sending.storage import acceptance, claims, messages
from services.messaging.sending.support.accept_messages import AcceptMessages
from services.messaging.sending.support.conversations import Conversations, SentMessage
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.hand_over import HandOver
from services.messaging.sending.support.sender_check import require_sender, with_own_number


@dataclass(frozen=True, slots=True)
class Addressee:
    """The recipient of a single message.

    Attributes:
        field: The request field with the recipient, which errors name.
        phone: The recipient's phone number.
        from_number: The phone number to send from; None lets Twilio choose.
        attempt: Which retry of an earlier message this is, if it is one.
        answers: Whether this is a reply. Once it is accepted, the recipient's messages are marked
            as read.
        media_urls: The URLs of the pictures that the recipient gets with the text.
        options: The options that the customer has set, such as a reference.
        operation_id: The id that the message has within the client's operation, if it is not named
            by its phone number.
    """

    field: str
    phone: Phone
    from_number: str | None = None
    attempt: Attempt | None = None
    answers: bool = False
    media_urls: tuple[str, ...] = ()
    options: SendOptions = NO_OPTIONS
    operation_id: UUID | None = None

    def refuse(self, message: str, code: str | None = None) -> InvalidInput:
        """Return the error that says why this recipient can't be texted."""
        return InvalidInput.of(self.field, message, code)


class SendMessage:
    """Sends single messages: accepts, claims and hands over a message in one call."""

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

    async def send(
        self, payer: Payer, to: Addressee, body: str, price_version: str | None = None
    ) -> Message:
        """Send `body` to one recipient.

        Returns:
            The message as it is stored afterwards.

        Raises:
            Forbidden: email_not_verified.
            InvalidInput: The phone number is invalid, opted_out, no_sender, message_too_long, or
                Twilio refuses the message, which is then refunded.
            InsufficientBalance: The balance does not cover the message.
            Unavailable: A service that is needed does not answer.
            Conflict: price_changed if `price_version` is no longer valid; already_sending if
                another attempt at the message is under way.
        """
        require_verified_email(self._verified_only)
        check_length("message", body)
        if to.operation_id and (earlier := await self._earlier(payer.org_id, to.operation_id)):
            return earlier
        await require_sender(self._hand_over.accounts, payer.org_id)
        to = await self._from_own_number(payer.org_id, to)
        terms = await self._terms.of_org(payer.org_id)
        draft = await self._draft(payer, to, body, terms)
        fits = terms.match(price_version, pictures=bool(to.media_urls))
        if not fits and not await self._is_repeat(payer.org_id, draft):
            raise price_changed()
        accepted = await self._accept.accept(payer, [draft], wake=False)
        message_id = accepted.require(draft.phone, to.field)
        outcome = await self._send(payer.org_id, replace(draft, id=message_id), to.answers)
        if outcome and outcome.verdict is Verdict.REFUSED:
            raise _refusal(to, outcome)
        return await self._stored(payer.org_id, message_id)

    async def _from_own_number(self, org_id: UUID, to: Addressee) -> Addressee:
        """Return `to` with the phone number that the customer chose, if there is one."""
        pictures = bool(to.media_urls)
        options = await with_own_number(self._database, org_id, to.options, pictures=pictures)
        refusal = refusal_to(to.phone.country, options.from_number)
        if refusal:
            raise InvalidInput.of(FIELD, refusal.message, refusal.code)
        return replace(to, options=options, from_number=options.from_number or to.from_number)

    async def _earlier(self, org_id: UUID, operation_id: UUID) -> Message | None:
        """Return the message to a contact that an earlier call has sent.

        The contact may have another number or be deleted since then, so it is not looked up again.
        """
        async with self._database.org(org_id) as connection:
            stored = await acceptance.of_operations(connection, org_id, [operation_id])
        if operation_id not in stored or not stored[operation_id].charged:
            return None
        message = await self._stored(org_id, stored[operation_id].id)
        return None if message.status is MessageStatus.PENDING else message

    async def _is_repeat(self, org_id: UUID, draft: Draft) -> bool:
        """Return whether this operation already created its message.

        If so, the price isn't checked again.
        """
        async with self._database.org(org_id) as connection:
            ids = [draft.operation_id] if draft.operation_id else []
            return bool(await acceptance.of_operations(connection, org_id, ids))

    async def _draft(self, payer: Payer, to: Addressee, body: str, terms: Terms) -> Draft:
        number, country = to.phone.e164, to.phone.country
        async with self._database.org(payer.org_id) as connection:
            if await messages.own_numbers_among(connection, payer.org_id, [number]):
                raise to.refuse(OWN_NUMBER.message, OWN_NUMBER.code)
        cost = terms.cost(body, country, pictures=bool(to.media_urls))
        if cost is None:
            refusal = terms.no_price(country)
            raise to.refuse(refusal.message, refusal.code)
        contact = (await self._recipients.ensure(payer.org_id, [number]))[number]
        if contact.opted_out:
            raise to.refuse(OPTED_OUT.message, OPTED_OUT.code)
        draft = Draft(
            new_id(),
            contact.contact_id,
            number,
            body,
            cost.segments,
            cost.cents,
            to.operation_id or operation.part(number),
            to.from_number,
            smart_encoded=cost.smart_encoded,
            media_urls=to.media_urls,
            options=to.options,
        )
        return to.attempt.made_of(draft) if to.attempt else draft

    async def _send(self, org_id: UUID, draft: Draft, answers: bool) -> Outcome | None:
        """Claim an accepted message and send it.

        Returns None if a sender process has claimed it.
        """
        lease = self._hand_over.lease()
        async with self._database.org(org_id) as connection:
            claim = await claims.claim_one(connection, org_id, draft.id, self._hand_over.pace)
            # The time of the message, which may be in the past: a repeated operation finds its
            # earlier message.
            at = await messages.created_at(connection, org_id, draft.id)
            sent = SentMessage(draft.contact_id, draft.phone, draft.body, at, answers)
            await self._conversations.show_sent(connection, org_id, sent)
        if claim is None:
            return None
        outgoing = Outgoing(
            draft.id,
            draft.phone,
            draft.body,
            claim.attempts,
            draft.from_number,
            smart_encoded=draft.smart_encoded,
            media_urls=draft.media_urls,
            expiry=expiry_of(claim.valid_seconds),
        )
        [outcome] = await self._hand_over.hand_over(org_id, [outgoing], lease)
        if outcome.verdict is Verdict.LATER:
            async with self._database.org(org_id) as connection:
                await wake_sender(connection, org_id)
        return outcome

    async def _stored(self, org_id: UUID, message_id: UUID) -> Message:
        async with self._database.org(org_id) as connection:
            message = await messages.find(connection, org_id, message_id)
        if message is None:
            raise await messages.not_found(self._database, org_id, message_id)
        return message


def _refusal(to: Addressee, outcome: Outcome) -> InvalidInput:
    if outcome.error_code == SENDER_RELEASED:
        return InvalidInput.of(FIELD, RELEASED.message, RELEASED.code)
    if outcome.error_code == TEXT_EXPIRED:
        return InvalidInput.of("validFor", EXPIRED.message, EXPIRED.code)
    explanation = explain(outcome.error_code)
    text = explanation.description if explanation else "The provider refused this text."
    return to.refuse(text, "opted_out" if outcome.opted_out else "provider_refused")
