"""Send one text at once, and answer with what the provider said."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance, InvalidInput
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, Phone, normalise
from services.messaging.domain.drafts import MAX_BODY_CHARACTERS, Draft, Payer, price
from services.messaging.domain.outcomes import Outcome, Verdict
from services.messaging.domain.provider_errors import explain
from services.messaging.providers.twilio_messages import Outgoing
from services.messaging.storage import messages, sending, threads
from services.messaging.usecases.accept_messages import AcceptMessages
from services.messaging.usecases.hand_over import HandOver
from services.messaging.usecases.pricing import PriceList
from services.messaging.usecases.recipients import Recipients
from services.messaging.usecases.submit_chunk import require_sender

BALANCE_TOO_LOW = "The balance does not cover this text. Add funds and try again."


class SendMessage:
    """Sends single texts."""

    def __init__(
        self,
        database: Database,
        accept: AcceptMessages,
        hand_over: HandOver,
        recipients: Recipients,
        prices: PriceList,
    ) -> None:
        self._database = database
        self._accept = accept
        self._hand_over = hand_over
        self._recipients = recipients
        self._prices = prices

    async def __call__(self, payer: Payer, to: str, body: str) -> RowMapping:
        """Send ``body`` to ``to``; the message as it stands afterwards.

        Raises ``InvalidInput`` (the number, opted_out, no_sender, message_too_long, or the
        provider's refusal, after a refund), ``InsufficientBalance`` and ``Unavailable``.
        """
        phone = parse_phone("to", to)
        check_length("message", body)
        await require_sender(self._hand_over.accounts, payer.org_id)
        draft = await self._draft(payer, phone, body)
        accepted = await self._accept(payer, [draft], ring=False)
        message_id = accepted.ids.get(draft.phone)
        if message_id is None:
            raise InsufficientBalance(BALANCE_TOO_LOW)
        outcome = await self._send(payer.org_id, replace(draft, id=message_id))
        if outcome and outcome.verdict is Verdict.REFUSED:
            raise _refusal(outcome)
        return await messages.get(self._database, payer.org_id, message_id)

    async def _draft(self, payer: Payer, phone: Phone, body: str) -> Draft:
        async with self._database.org(payer.org_id) as connection:
            if await messages.is_own_number(connection, payer.org_id, phone.e164):
                raise InvalidInput.of("to", "is one of your own sending numbers")
        prices = await self._prices.for_countries([phone.country])
        cost = price(body, phone.country, prices)
        if cost is None:
            raise InvalidInput.of(
                "to", f"texts to {phone.country} are not offered", "destination_not_served"
            )
        contact = (await self._recipients.ensure(payer.org_id, [phone.e164]))[phone.e164]
        if contact.opted_out:
            raise InvalidInput.of(
                "to",
                "this person opted out; you cannot text them until they text START",
                "opted_out",
            )
        contact_id = UUID(contact.contact_id)
        return Draft(new_id(), contact_id, phone.e164, body, *cost, operation.part(phone.e164))

    async def _send(self, org_id: UUID, draft: Draft) -> Outcome | None:
        async with self._database.org(org_id) as connection:
            claimed = await sending.claim_one(connection, org_id, draft.id, self._hand_over.pace)
            await threads.touch(
                connection,
                org_id,
                (draft.contact_id, draft.phone),
                draft.body,
                datetime.now(UTC),
                unread=0,
            )
        if not claimed:
            return None
        [outcome] = await self._hand_over(org_id, [Outgoing(draft.id, draft.phone, draft.body)])
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


def _refusal(outcome: Outcome) -> InvalidInput:
    explanation = explain(outcome.error_code)
    text = explanation.description if explanation else "The provider refused this text."
    return InvalidInput.of("to", text, "opted_out" if outcome.opted_out else "provider_refused")
