"""Send one message to many numbers, once to each, and give a reason for each refused number."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance
from servicekit.identity import require_verified_email
from servicekit.ids import new_id
from servicekit.phones import Phone
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.chosen_sender import refusal_to
from services.messaging.sending.domain.drafts import Content, Draft, Payer, check_length
from services.messaging.sending.domain.recipients import (
    OPTED_OUT,
    OWN_NUMBER,
    RefusedNumber,
    distinct,
)
from services.messaging.sending.domain.terms import Terms, price_changed
from services.messaging.sending.storage import acceptance, messages
from services.messaging.sending.support.accept_messages import INSUFFICIENT_BALANCE, AcceptMessages
from services.messaging.sending.support.current_terms import CurrentTerms
from services.messaging.sending.support.sender_check import require_sender, with_own_number


@dataclass(slots=True)
class BatchResult:
    """The accepted messages of a batch, their price, and the phone numbers that get no message."""

    message_ids: list[UUID] = field(default_factory=list)
    failures: list[RefusedNumber] = field(default_factory=list)
    price_cents: int = 0


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
        self, payer: Payer, numbers: Sequence[str], content: Content, price_version: str | None
    ) -> BatchResult:
        """Accept `content` for each phone number that can be texted.

        Raises:
            Forbidden: email_not_verified.
            InvalidInput: no_sender, unknown_sender, unsuitable_sender or message_too_long.
            Conflict: price_changed if `price_version` is no longer valid.
            InsufficientBalance: The balance does not cover even one message.
            Unavailable: A service that is needed does not answer.
        """
        require_verified_email(self._verified_only)
        check_length("message", content.body)
        await require_sender(self._accounts, payer.org_id)
        content = await self._from_own_number(payer.org_id, content)
        phones, failures = distinct(numbers)
        terms = await self._terms.of_org(payer.org_id)
        fits = terms.match(price_version, pictures=content.has_pictures)
        if not fits and not await self._is_repeat(payer.org_id, phones):
            raise price_changed()
        result = BatchResult(failures=failures)
        drafts = await self._drafts(payer, phones, content, terms, result.failures)
        if not drafts:
            return result
        accepted = await self._accept.accept(payer, list(drafts.values()))
        if not accepted.ids and not accepted.refused:
            raise InsufficientBalance(INSUFFICIENT_BALANCE.message)
        for number, draft in drafts.items():
            message_id = accepted.ids.get(draft.phone)
            if message_id:
                result.message_ids.append(message_id)
                result.price_cents += draft.price_cents
            else:
                result.failures.append((number, accepted.reason(draft.phone)))
        return result

    async def _from_own_number(self, org_id: UUID, content: Content) -> Content:
        """Return `content` with the phone number that the customer chose, if there is one."""
        pictures = content.has_pictures
        options = await with_own_number(self._database, org_id, content.options, pictures=pictures)
        return replace(content, options=options)

    async def _is_repeat(self, org_id: UUID, phones: dict[str, Phone]) -> bool:
        """Return whether this operation already created messages.

        If so, the price is not checked again.
        """
        parts = [operation.part(phone.e164) for phone in phones.values()]
        async with self._database.org(org_id) as connection:
            return await acceptance.has_any_of(connection, org_id, parts)

    async def _drafts(
        self,
        payer: Payer,
        phones: dict[str, Phone],
        content: Content,
        terms: Terms,
        failures: list[RefusedNumber],
    ) -> dict[str, Draft]:
        served = await self._served(payer.org_id, phones, content, terms, failures)
        if not served:
            return {}
        contacts = await self._recipients.ensure(payer.org_id, [p.e164 for p in served.values()])
        drafts = {}
        for number, phone in served.items():
            contact = contacts[phone.e164]
            cost = terms.cost(content.body, phone.country, pictures=content.has_pictures)
            if contact.opted_out:
                failures.append((number, OPTED_OUT))
            elif cost:
                drafts[number] = Draft(
                    new_id(),
                    contact.contact_id,
                    phone.e164,
                    content.body,
                    cost.segments,
                    cost.cents,
                    operation.part(phone.e164),
                    content.options.from_number,
                    smart_encoded=cost.smart_encoded,
                    media_urls=content.media_urls,
                    options=content.options,
                )
        return drafts

    async def _served(
        self,
        org_id: UUID,
        phones: dict[str, Phone],
        content: Content,
        terms: Terms,
        failures: list[RefusedNumber],
    ) -> dict[str, Phone]:
        """Return those of `phones` that are not own numbers and whose country has a price.

        The others are added to `failures`.
        """
        async with self._database.org(org_id) as connection:
            own = await messages.own_numbers_among(
                connection, org_id, {p.e164 for p in phones.values()}
            )
        served = {}
        for number, phone in phones.items():
            unsuitable = refusal_to(phone.country, content.options.from_number)
            if phone.e164 in own:
                failures.append((number, OWN_NUMBER))
            elif unsuitable:
                failures.append((number, unsuitable))
            elif terms.cost(content.body, phone.country, pictures=content.has_pictures) is None:
                failures.append((number, terms.no_price(phone.country)))
            else:
                served[number] = phone
        return served
