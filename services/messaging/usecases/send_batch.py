"""Send one text to many numbers: each once, with a reason for each that gets none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from servicekit import operation
from servicekit.db.database import Database
from servicekit.errors import InsufficientBalance
from servicekit.identity import require_verified_email
from servicekit.ids import new_id
from servicekit.phones import Phone
from services.messaging.domain.drafts import Draft, Payer, price
from services.messaging.domain.recipients import (
    OPTED_OUT,
    OWN_NUMBER,
    Refused,
    distinct,
    not_served,
)
from services.messaging.storage import messages
from services.messaging.usecases.accept_messages import BALANCE_TOO_LOW, AcceptMessages
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.pricing import PriceList
from services.messaging.usecases.recipients import Recipients
from services.messaging.usecases.send_message import check_length
from services.messaging.usecases.submit_chunk import require_sender


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
        prices: PriceList,
        verified_only: bool,
    ) -> None:
        self._database = database
        self._accept = accept
        self._accounts = accounts
        self._recipients = recipients
        self._prices = prices
        self._verified_only = verified_only

    async def __call__(self, payer: Payer, numbers: Sequence[str], body: str) -> BatchResult:
        """Accept ``body`` for each number that can be texted; the senders send it.

        Raises ``Forbidden`` email_not_verified, ``InvalidInput`` (no_sender, message_too_long),
        ``InsufficientBalance`` where not even one text is covered, ``Unavailable``.
        """
        require_verified_email(self._verified_only)
        check_length("message", body)
        await require_sender(self._accounts, payer.org_id)
        phones, failures = distinct(numbers)
        result = BatchResult(failures=failures)
        drafts = await self._drafts(payer, phones, body, result.failures)
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

    async def _drafts(
        self, payer: Payer, phones: dict[str, Phone], body: str, failures: list[Refused]
    ) -> dict[str, Draft]:
        prices = await self._prices.for_countries({p.country for p in phones.values()})
        served = await self._served(payer.org_id, phones, prices, failures)
        if not served:
            return {}
        contacts = await self._recipients.ensure(payer.org_id, [p.e164 for p in served.values()])
        drafts = {}
        for number, phone in served.items():
            contact = contacts[phone.e164]
            cost = price(body, phone.country, prices)
            if contact.opted_out:
                failures.append((number, OPTED_OUT))
            elif cost:
                contact_id = UUID(contact.contact_id)
                drafts[number] = Draft(
                    new_id(), contact_id, phone.e164, body, *cost, operation.part(phone.e164)
                )
        return drafts

    async def _served(
        self,
        org_id: UUID,
        phones: dict[str, Phone],
        prices: Mapping[str, int],
        failures: list[Refused],
    ) -> dict[str, Phone]:
        """Those of ``phones`` that are people's, in countries with a price."""
        async with self._database.org(org_id) as connection:
            own = await messages.own_among(connection, org_id, {p.e164 for p in phones.values()})
        served = {}
        for number, phone in phones.items():
            if phone.e164 in own:
                failures.append((number, OWN_NUMBER))
            elif phone.country not in prices:
                failures.append((number, not_served(phone.country)))
            else:
                served[number] = phone
        return served
