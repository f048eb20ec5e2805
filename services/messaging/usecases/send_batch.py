"""Send one text to many numbers: each once, with a reason for each that gets none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from servicekit import operation
from servicekit.errors import InsufficientBalance
from servicekit.ids import new_id
from servicekit.phones import InvalidPhone, Phone, normalise
from services.messaging.domain.drafts import Draft, Payer, price
from services.messaging.usecases.accept_messages import AcceptMessages
from services.messaging.usecases.credentials import SendingAccounts
from services.messaging.usecases.pricing import PriceList
from services.messaging.usecases.recipients import Recipients
from services.messaging.usecases.send_message import BALANCE_TOO_LOW, check_length
from services.messaging.usecases.submit_chunk import require_sender

_REPEATED = "This number is in the batch already; it is texted once."


@dataclass(frozen=True, slots=True)
class Failure:
    """A number that gets no text, as it was given, and why."""

    number: str
    code: str
    message: str


@dataclass(slots=True)
class BatchResult:
    """What became of a batch."""

    message_ids: list[UUID] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class SendBatch:
    """Sends batches."""

    def __init__(
        self,
        accept: AcceptMessages,
        accounts: SendingAccounts,
        recipients: Recipients,
        prices: PriceList,
    ) -> None:
        self._accept = accept
        self._accounts = accounts
        self._recipients = recipients
        self._prices = prices

    async def __call__(self, payer: Payer, numbers: Sequence[str], body: str) -> BatchResult:
        """Accept ``body`` for each number that can be texted; the senders send it.

        Raises ``InvalidInput`` (no_sender, message_too_long), ``InsufficientBalance`` where not
        even one text is covered, ``Unavailable``.
        """
        check_length("message", body)
        await require_sender(self._accounts, payer.org_id)
        result = BatchResult()
        phones = _distinct_phones(numbers, result.failures)
        drafts = await self._drafts(payer, phones, body, result.failures)
        if not drafts:
            return result
        accepted = await self._accept(payer, list(drafts.values()))
        if not accepted.ids:
            raise InsufficientBalance(BALANCE_TOO_LOW)
        for number, draft in drafts.items():
            message_id = accepted.ids.get(draft.phone)
            if message_id:
                result.message_ids.append(message_id)
            else:
                result.failures.append(Failure(number, "insufficient_balance", BALANCE_TOO_LOW))
        return result

    async def _drafts(
        self, payer: Payer, phones: dict[str, Phone], body: str, failures: list[Failure]
    ) -> dict[str, Draft]:
        prices = await self._prices.for_countries({p.country for p in phones.values()})
        served = {n: p for n, p in phones.items() if p.country in prices}
        failures += [
            Failure(n, "destination_not_served", f"Texts to {p.country} are not offered.")
            for n, p in phones.items()
            if n not in served
        ]
        if not served:
            return {}
        contacts = await self._recipients.ensure(payer.org_id, [p.e164 for p in served.values()])
        drafts = {}
        for number, phone in served.items():
            contact = contacts[phone.e164]
            cost = price(body, phone.country, prices)
            if contact.opted_out:
                failures.append(
                    Failure(number, "opted_out", "This person opted out; you cannot text them.")
                )
            elif cost:
                contact_id = UUID(contact.contact_id)
                drafts[number] = Draft(
                    new_id(), contact_id, phone.e164, body, *cost, operation.part(phone.e164)
                )
        return drafts


def _distinct_phones(numbers: Sequence[str], failures: list[Failure]) -> dict[str, Phone]:
    phones: dict[str, Phone] = {}
    seen: set[str] = set()
    for number in numbers:
        try:
            phone = normalise(number)
        except InvalidPhone as error:
            failures.append(Failure(number, "invalid_number", error.message))
            continue
        if phone.e164 in seen:
            failures.append(Failure(number, "duplicate", _REPEATED))
            continue
        seen.add(phone.e164)
        phones[number] = phone
    return phones
