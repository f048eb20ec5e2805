"""Send one text to many numbers: each once, with a reason for each that gets none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance
from servicekit.identity import require_verified_email
from servicekit.ids import new_id
from servicekit.phones import Phone
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.common.providers.recipients import Recipients
from services.messaging.sending.domain.drafts import Draft, Payer
from services.messaging.sending.domain.recipients import (
    OPTED_OUT,
    OWN_NUMBER,
    Refused,
    distinct,
    not_served,
)
from services.messaging.sending.domain.terms import Terms, price_changed
from services.messaging.sending.storage import acceptance, messages
from services.messaging.sending.support.pricing import CurrentTerms
from services.messaging.sending.usecases.accept_messages import BALANCE_TOO_LOW, AcceptMessages
from services.messaging.sending.usecases.send_message import check_length
from services.messaging.sending.usecases.submit_chunk import require_sender


@dataclass(slots=True)
class BatchResult:
    """What became of a batch."""

    message_ids: list[UUID] = field(default_factory=list)
    failures: list[Refused] = field(default_factory=list)


class SendBatch:
    """Sends batches."""

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

    async def __call__(
        self, payer: Payer, numbers: Sequence[str], body: str, price_version: str | None
    ) -> BatchResult:
        """Accept ``body`` for each number that can be texted; the senders send it.

        Raises ``Forbidden`` email_not_verified, ``InvalidInput`` (no_sender, message_too_long),
        ``Conflict`` price_changed where ``price_version`` no longer holds, ``InsufficientBalance``
        where not even one text is covered, ``Unavailable``.
        """
        require_verified_email(self._verified_only)
        check_length("message", body)
        await require_sender(self._accounts, payer.org_id)
        phones, failures = distinct(numbers)
        terms = await self._terms.of_org(payer.org_id)
        if not terms.hold(price_version) and not await self._is_repeat(payer.org_id, phones):
            raise price_changed()
        result = BatchResult(failures=failures)
        drafts = await self._drafts(payer, phones, body, terms, result.failures)
        if not drafts:
            return result
        accepted = await self._accept(payer, list(drafts.values()))
        if not accepted.ids and not accepted.refused:
            raise InsufficientBalance(BALANCE_TOO_LOW)
        for number, draft in drafts.items():
            message_id = accepted.ids.get(draft.phone)
            if message_id:
                result.message_ids.append(message_id)
            else:
                result.failures.append((number, accepted.why_not(draft.phone)))
        return result

    async def _is_repeat(self, org_id: UUID, phones: dict[str, Phone]) -> bool:
        """Whether the client's operation has texts already: then it was confirmed in its time."""
        parts = [operation.part(phone.e164) for phone in phones.values()]
        async with self._database.org(org_id) as connection:
            return await acceptance.has_any_of(connection, org_id, parts)

    async def _drafts(
        self,
        payer: Payer,
        phones: dict[str, Phone],
        body: str,
        terms: Terms,
        failures: list[Refused],
    ) -> dict[str, Draft]:
        served = await self._served(payer.org_id, phones, terms, failures)
        if not served:
            return {}
        contacts = await self._recipients.ensure(payer.org_id, [p.e164 for p in served.values()])
        drafts = {}
        for number, phone in served.items():
            contact = contacts[phone.e164]
            cost = terms.cost(body, phone.country)
            if contact.opted_out:
                failures.append((number, OPTED_OUT))
            elif cost:
                drafts[number] = Draft(
                    new_id(),
                    contact.contact_id,
                    phone.e164,
                    body,
                    cost.segments,
                    cost.cents,
                    operation.part(phone.e164),
                    smart_encoded=cost.smart_encoded,
                )
        return drafts

    async def _served(
        self,
        org_id: UUID,
        phones: dict[str, Phone],
        terms: Terms,
        failures: list[Refused],
    ) -> dict[str, Phone]:
        """Those of ``phones`` that are people's, in countries with a price."""
        async with self._database.org(org_id) as connection:
            own = await messages.own_among(connection, org_id, {p.e164 for p in phones.values()})
        served = {}
        for number, phone in phones.items():
            if phone.e164 in own:
                failures.append((number, OWN_NUMBER))
            elif phone.country not in terms.cents_per_segment:
                failures.append((number, not_served(phone.country)))
            else:
                served[number] = phone
        return served
