"""Compare the platform's ledger, as the API shows it, with the providers' records.

The platform's own status of a message is not used. The provider's record says which texts it
accepted and how they ended. The ledger says what was paid. The two must agree to the cent.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from deploy.local.testkit.api import Api, Json
from deploy.local.testkit.simulator_client import Attempt, ProviderText, SimulatorClient

# Cents per segment for each country calling code.
_CENTS_PER_SEGMENT = {"+1": 1, "+44": 6, "+49": 10}
_REFUND = "refund:"
_SHOWN_FAULTS = 3
# Each recipient of a campaign is counted in exactly one of these figures.
_PARTS = ("pending", "sent", "refused", "unknown", "optedOut", "invalid", "cancelled")
_TRIES_IF_RETRIED = 2


@dataclass(frozen=True, slots=True)
class Transaction:
    """One row of the ledger. `cents` is negative if the money left the balance."""

    source: str
    external_id: str
    cents: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The figures of a campaign: how many recipients it has, and how many are in each status.

    `listed` is the count of people on its list. It is None before the campaign is done, and for a
    retry.
    """

    campaign_id: str
    recipients: int
    parts: Mapping[str, int]
    listed: int | None


@dataclass(frozen=True, slots=True)
class Books:
    """One organisation's payments, texts and phone numbers, at the platform and at the providers.

    `topups` maps each paid checkout session to its cents. `opted_out` maps each phone number that
    must no longer be texted to the time of the opt-out, in milliseconds since the epoch. `retried`
    are the phone numbers that were sent a failed text again. `numbers` maps the id of each bought
    phone number to its monthly price in cents.
    """

    ledger: Sequence[Transaction]
    balance_cents: int
    texts: Sequence[ProviderText]
    attempts: Sequence[Attempt]
    payments: Mapping[str, int]
    topups: Mapping[str, int]
    opted_out: Mapping[str, int] = field(default_factory=dict)
    retried: Set[str] = frozenset()
    campaigns: Sequence[Counted] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)

    @property
    def charges(self) -> Mapping[str, list[int]]:
        """The cents charged for each message id."""
        return _by_id(t for t in self.ledger if t.source == "sms" and t.cents < 0)

    @property
    def refunds(self) -> Mapping[str, list[int]]:
        """The cents refunded for each message id."""
        return _by_id(t for t in self.ledger if t.source == "sms" and t.cents > 0)

    @property
    def charged_cents(self) -> int:
        """The sum of all charges for texts."""
        return -sum(cents for taken in self.charges.values() for cents in taken)

    @property
    def refunded_cents(self) -> int:
        """The sum of all refunds for texts."""
        return sum(cents for given in self.refunds.values() for cents in given)


@dataclass(frozen=True, slots=True)
class Check:
    """A statement that must be true, and the differences that were found (none if it holds)."""

    claim: str
    faults: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Whether no difference was found."""
        return not self.faults

    def __str__(self) -> str:
        """Return the statement and the first differences that were found."""
        shown = "".join(f"\n    {fault}" for fault in self.faults[:_SHOWN_FAULTS])
        more = len(self.faults) - _SHOWN_FAULTS
        return f"{self.claim}{shown}" + (f"\n    and {more} more" if more > 0 else "")


def open_books(
    api: Api,
    simulator: SimulatorClient,
    account_sid: str,
    topups: Mapping[str, int],
    opted_out: Mapping[str, int],
    retried: Set[str],
) -> Books:
    """Read the organisation's ledger and the providers' records as they are now."""
    balance = int(api.get("/api/billing/balance")["balanceCents"])
    paid = {
        str(payment["payment_intent"]): int(payment["amount_received"])
        for session_id in topups
        for payment in simulator.payments(session_id)
    }
    return Books(
        ledger=[_transaction(row) for row in api.every("/api/billing/transactions")],
        balance_cents=balance,
        texts=simulator.texts(account_sid),
        attempts=simulator.attempts(account_sid),
        payments=paid,
        topups=topups,
        opted_out=opted_out,
        retried=retried,
        campaigns=[_counted(api, campaign) for campaign in api.every("/api/campaigns")],
        numbers={
            str(number["id"]): int(number["centsPerMonth"])
            for number in api.get("/api/twilio/numbers", includeReleased="true")["items"]
            # Numbers that 0.1.0 bought are free until they are billed for the first time.
            if number["centsPerMonth"] is not None
        },
    )


def check(books: Books) -> Sequence[Check]:
    """Check the ledger against the providers' records. Return each check with the differences."""
    return [
        Check(
            "every text that the provider accepted has an id of ours, and no two have the same id",
            _foreign(books),
        ),
        Check("every accepted text is charged once, at its price", _charges(books)),
        Check(
            "texts that the provider did not accept, or that failed, are refunded", _refunds(books)
        ),
        Check("nobody got the same text twice, unless it was retried", repeats(books)),
        Check("nobody was texted after they opted out, and no attempt was made", unwanted(books)),
        Check("every campaign counts each of its recipients once", _recipients(books)),
        Check("every phone number is charged once for its month", _months(books)),
        Check("every payment is credited once, to the cent", _credits(books)),
        Check("the balance is the sum of its transactions", _balance(books)),
    ]


def price_of(text: ProviderText) -> int:
    """Return the price of a text in cents: the provider's count of segments times our price."""
    codes = [code for code in _CENTS_PER_SEGMENT if text.to.startswith(code)]
    return text.segments * _CENTS_PER_SEGMENT[codes[0]]


def _foreign(books: Books) -> list[str]:
    known = Counter(text.message_id for text in books.texts)
    nameless = [text.sid for text in books.texts if text.message_id is None]
    return nameless + [f"{id_}: {count} texts" for id_, count in known.items() if count > 1]


def _charges(books: Books) -> list[str]:
    charges = books.charges
    return [
        f"{text.sid} to {text.to}: charged {charges.get(str(text.message_id), [])}"
        f" instead of {price_of(text)} cents"
        for text in books.texts
        if charges.get(str(text.message_id)) != [-price_of(text)]
    ]


def _refunds(books: Books) -> list[str]:
    kept = {str(text.message_id) for text in books.texts if text.status != "failed"}
    charges, refunds = books.charges, books.refunds
    wanted = {id_: [-cents for cents in taken] for id_, taken in charges.items() if id_ not in kept}
    return [
        f"message {id_}: charged {charges.get(id_, [])}, given back {refunds.get(id_, [])}"
        for id_ in charges.keys() | refunds.keys()
        if refunds.get(id_, []) != wanted.get(id_, [])
    ]


def repeats(books: Books) -> Sequence[str]:
    """Return the people who got the same text more often than they should."""
    times = Counter((text.to, text.body) for text in books.texts)
    return [
        f"{to}: {count} times {body!r}"
        for (to, body), count in times.items()
        if count > (_TRIES_IF_RETRIED if to in books.retried else 1)
    ]


def unwanted(books: Books) -> Sequence[str]:
    """Return the attempts to text people after they had opted out."""
    return [
        f"{attempt.to}: {attempt.at - books.opted_out[attempt.to]} ms after the opt-out"
        for attempt in books.attempts
        if attempt.to in books.opted_out and attempt.at > books.opted_out[attempt.to]
    ]


def _recipients(books: Books) -> list[str]:
    sums = [
        f"campaign {counted.campaign_id}: {counted.recipients} recipients in {counted.parts}"
        for counted in books.campaigns
        if counted.recipients != sum(counted.parts.values())
    ]
    return sums + [
        f"campaign {counted.campaign_id}: {counted.recipients} recipients of {counted.listed}"
        for counted in books.campaigns
        if counted.listed not in {None, counted.recipients}
    ]


def _months(books: Books) -> list[str]:
    charged: dict[str, list[int]] = {}
    for transaction in books.ledger:
        if transaction.source == "number":
            number_id = transaction.external_id.removeprefix(_REFUND).partition(":")[0]
            charged.setdefault(number_id, []).append(transaction.cents)
    wanted = {number_id: [-cents] for number_id, cents in books.numbers.items()}
    return [
        f"number {number_id}: {charged.get(number_id, [])} instead of {wanted.get(number_id, [])}"
        for number_id in charged.keys() | wanted.keys()
        if charged.get(number_id, []) != wanted.get(number_id, [])
    ]


def _credits(books: Books) -> list[str]:
    credited = _by_id(t for t in books.ledger if t.source == "stripe")
    wrong = [
        f"{payment}: {credited.get(payment, [])} instead of {cents} cents"
        for payment, cents in books.payments.items()
        if credited.get(payment) != [cents]
    ]
    unpaid = [f"{key}: never paid" for key in credited.keys() - books.payments.keys()]
    if sum(books.payments.values()) != sum(books.topups.values()):
        wrong.append(f"paid {dict(books.payments)}, asked for {dict(books.topups)}")
    return wrong + unpaid


def _balance(books: Books) -> list[str]:
    total = sum(transaction.cents for transaction in books.ledger)
    if total == books.balance_cents:
        return []
    return [f"the balance is {books.balance_cents} cents, its transactions sum up to {total}"]


def _by_id(transactions: Iterable[Transaction]) -> Mapping[str, list[int]]:
    found: dict[str, list[int]] = {}
    for transaction in transactions:
        found.setdefault(transaction.external_id.removeprefix(_REFUND), []).append(
            transaction.cents
        )
    return found


def _counted(api: Api, campaign: Json) -> Counted:
    metrics = api.get(f"/api/campaigns/{campaign['id']}/metrics")
    listed = None
    if campaign["status"] == "done" and campaign["retryOf"] is None:
        listed = int(api.get(f"/api/contact-lists/{campaign['listId']}")["memberCount"])
    return Counted(
        campaign_id=str(campaign["id"]),
        recipients=int(metrics["recipients"]),
        parts={part: int(metrics[part]) for part in _PARTS},
        listed=listed,
    )


def _transaction(row: Json) -> Transaction:
    cents = int(row["amountCents"])
    return Transaction(
        source=row["source"],
        external_id=row["externalId"],
        cents=cents if row["type"] == "credit" else -cents,
    )
