"""Messages of a test organisation take the whole way, and reach neither Twilio nor the ledger."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from servicekit.errors import Forbidden, InvalidInput
from servicekit.identity import acting_as
from servicekit.modes import NotInTestMode, org_in_test_mode
from services.messaging.sending.domain.magic_numbers import NEVER_CONFIRMED, SCENARIOS
from services.messaging.settings import MessagingSettings
from services.messaging.tests.conftest import Founding
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    admin_accounts_pb2,
    admin_accounts_pb2_grpc,
    lookup_pb2,
    lookup_pb2_grpc,
    numbers_pb2,
    numbers_pb2_grpc,
)
from tests.fixtures.running import Person, Simulator
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs

DELIVERED, NEVER, UNREACHABLE, FILTERED, UNKNOWN, LANDLINE, OPTED_OUT, TROUBLE, YES, STOP = (
    f"+121255501{n:02d}" for n in range(10)
)
FIXED = "+15005550006"


def in_test_mode(organisation: Organisation) -> Organisation:
    """Return the test organisation of an organisation, for the same user."""
    person = organisation.person
    return replace(
        organisation,
        person=Person(org_in_test_mode(person.org_id), person.user_id, person.roles),
        account_sid="",
    )


async def prepare(tester: Organisation) -> None:
    stub = accounts_pb2_grpc.SubaccountServiceStub(tester.messaging.channel)
    with acting_as(tester.person.identity()):
        await tester.messaging.caller().call(
            stub.PrepareTestAccount, accounts_pb2.PrepareTestAccountRequest()
        )


@pytest.fixture
async def tester(bare_organisation: Organisation, found: Founding) -> Organisation:
    """Return a test organisation whose live organisation has no account and no money."""
    tester = in_test_mode(replace(bare_organisation, person=Person()))
    await prepare(tester)
    return tester


@pytest.fixture
def requests(simulator: Simulator) -> Callable[[], list[str]]:
    """Return a function that returns what was asked of Twilio during the test."""

    def listed() -> list[dict[str, str]]:
        path = f"{simulator.url}/sim/record/requests"
        answer = httpx.get(path, params={"limit": 10_000})
        found: list[dict[str, str]] = answer.raise_for_status().json()["requests"]
        return [request for request in found if request["host"].endswith("twilio.com")]

    known = len(listed())
    return lambda: [str(request) for request in listed()][: len(listed()) - known]


async def becomes(tester: Organisation, message_id: str, status: str) -> None:
    await wait_until(lambda: tester.is_now(message_id, status))


async def rows(tester: Organisation, query: str, **values: object) -> Sequence[object]:
    async with tester.database.system() as connection:
        found = await connection.execute(text(query), {"org": tester.org_id, **values})
        return [tuple(row) for row in found]


async def test_a_text_is_priced_and_delivered_without_twilio_and_without_money(
    tester: Organisation,
) -> None:
    message = await tester.send(phone(1), "Hello there")
    assert (message.segments, message.price_cents) == (1, 1)
    await becomes(tester, message.id, "delivered")
    detail = await tester.detail(message.id)
    assert detail.message.provider_sid == f"SM{UUID(message.id).hex}"
    assert detail.message.from_number == FIXED
    [stored] = await rows(tester, "SELECT account_sid FROM sms_messages WHERE org_id = :org")
    assert stored == (None,)
    async with tester.billing_database.system() as connection:
        for table in ("billing_transactions", "user_balances"):
            count = text(f"SELECT count(*) FROM {table} WHERE user_id = :user")  # noqa: S608
            assert await connection.scalar(count, {"user": tester.person.user_id}) == 0


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [
        (DELIVERED, "delivered", None),
        (UNREACHABLE, "undelivered", 30003),
        (FILTERED, "failed", 30007),
        (UNKNOWN, "failed", 30005),
        (LANDLINE, "failed", 30006),
        (TROUBLE, "delivered", None),
    ],
)
async def test_a_magic_number_decides_the_outcome(
    tester: Organisation, to: str, status: str, code: int | None
) -> None:
    message = await tester.send(to)
    await becomes(tester, message.id, status)
    query = "SELECT error_code, refund_due, attempts FROM sms_messages WHERE id = :id"
    attempts = 2 if to == TROUBLE else 1

    async def is_settled() -> bool:
        return await rows(tester, query, id=message.id) == [(code, False, attempts)]

    await wait_until(is_settled)


async def test_a_number_that_has_opted_out_refuses_the_text_and_is_opted_out(
    tester: Organisation,
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await tester.send(OPTED_OUT)
    assert refusal.value.code == "opted_out"
    assert await tester.is_opted_out(OPTED_OUT)


async def test_a_text_that_is_never_confirmed_stays_sent(tester: Organisation) -> None:
    message = await tester.send(NEVER)
    await becomes(tester, message.id, "sent")

    async def waits_for_nothing() -> bool:
        query = "SELECT next_step_at = 'infinity' FROM sms_messages WHERE id = :id"
        return await rows(tester, query, id=message.id) == [(True,)]

    await wait_until(waits_for_nothing)
    assert await tester.is_now(message.id, "sent")
    assert [NEVER] == NEVER_CONFIRMED


@pytest.mark.parametrize(("to", "answer", "opted_out"), [(YES, "Yes", False), (STOP, "STOP", True)])
async def test_a_recipient_answers_once(
    tester: Organisation, to: str, answer: str, opted_out: bool
) -> None:
    message = await tester.send(to)
    await becomes(tester, message.id, "delivered")
    received = "SELECT body, from_number, to_number FROM sms_messages"
    received += " WHERE org_id = :org AND direction = 'in'"
    assert await rows(tester, received) == [(answer, to, FIXED)]
    [conversation] = await tester.conversations()
    assert (conversation.last_message, conversation.unread_count) == (answer, 1)
    assert await tester.is_opted_out(to) is opted_out


async def test_a_campaign_and_a_batch_reach_every_outcome(tester: Organisation) -> None:
    campaign_id = uuid4()
    await tester.hold(campaign_id, held=False, running=True)
    answer = await tester.submit(campaign_id, [DELIVERED, UNREACHABLE, FILTERED, YES])
    assert answer.accepted == 4
    batch = await tester.send_batch([phone(7), UNKNOWN])
    assert batch.sent == 2

    async def is_done() -> bool:
        counts = await tester.counts(campaign_id)
        return (counts.delivered, counts.undelivered, counts.failed) == (2, 1, 1)

    await wait_until(is_done)
    assert (await tester.counts(campaign_id)).replied == 1


async def test_a_test_organisation_counts_as_registered_and_has_the_fixed_number(
    tester: Organisation,
) -> None:
    stub = numbers_pb2_grpc.NumberServiceStub(tester.messaging.channel)
    with acting_as(tester.person.identity()):
        listed = await tester.messaging.caller().call(
            stub.ListNumbers, numbers_pb2.ListNumbersRequest()
        )
    assert [number.phone_number for number in listed.items] == [FIXED]
    message = await tester.send(phone(1), from_number=FIXED)
    assert message.from_number == FIXED


async def test_all_test_organisations_have_the_same_number(
    tester: Organisation, bare_organisation: Organisation
) -> None:
    other = in_test_mode(replace(bare_organisation, person=Person()))
    for _ in range(2):
        await prepare(other)
    assert await other.number() == await tester.number() == FIXED


async def test_nothing_is_asked_of_twilio(
    tester: Organisation, requests: Callable[[], list[str]]
) -> None:
    sent = [await tester.send(to) for to in SCENARIOS if to != OPTED_OUT]
    with pytest.raises(InvalidInput):
        await tester.send(OPTED_OUT)
    finals = ("delivered", "undelivered", "failed")

    async def is_done() -> bool:
        ids = [m.id for m in sent if m.to not in NEVER_CONFIRMED]
        query = "SELECT count(*) FROM sms_messages WHERE id = ANY(:ids) AND status = ANY(:finals)"
        return await rows(tester, query, ids=ids, finals=list(finals)) == [(len(ids),)]

    await wait_until(is_done)
    assert requests() == []


async def test_a_message_whose_sender_died_goes_on_without_twilio(
    tester: Organisation, requests: Callable[[], list[str]]
) -> None:
    message = await tester.send(NEVER)
    await becomes(tester, message.id, "sent")
    statement = "UPDATE sms_messages SET status = 'unknown', to_number = :to, provider_sid = NULL,"
    statement += " next_step_at = now() WHERE id = :id RETURNING id"
    await rows(tester, statement, id=message.id, to=DELIVERED)
    await becomes(tester, message.id, "delivered")
    assert requests() == []


async def test_suspending_the_live_organisation_stops_its_test_organisation(
    organisation: Organisation,
) -> None:
    tester = in_test_mode(organisation)
    await prepare(tester)
    stub = admin_accounts_pb2_grpc.AdminSubaccountServiceStub(organisation.messaging.channel)
    operator = Person(roles=frozenset({"owner", "ADMIN"})).identity()
    caller, org_id = organisation.messaging.caller(), str(organisation.org_id)
    with acting_as(operator):
        request = admin_accounts_pb2.SuspendSubaccountRequest(org_id=org_id)
        await caller.call(stub.SuspendSubaccount, request)
    with pytest.raises(InvalidInput) as refusal:
        await tester.send(phone(1))
    assert refusal.value.code == "account_suspended"
    with acting_as(operator):
        again = admin_accounts_pb2.ReactivateSubaccountRequest(org_id=org_id)
        await caller.call(stub.ReactivateSubaccount, again)
        listed = await caller.call(
            stub.ListSubaccounts, admin_accounts_pb2.ListSubaccountsRequest(limit=100)
        )
    await tester.send(phone(1))
    assert str(tester.org_id) not in {account.org_id for account in listed.items}


async def test_a_live_organisation_gets_no_number_of_test_mode(organisation: Organisation) -> None:
    with pytest.raises(Forbidden):
        await prepare(organisation)
    assert await organisation.number() != FIXED


@pytest.mark.parametrize(
    "call",
    [
        lambda channel: (
            lookup_pb2_grpc.LookupServiceStub(channel).LookUpNumber,
            lookup_pb2.LookUpNumberRequest(phone=phone(1)),
        ),
        lambda channel: (
            numbers_pb2_grpc.NumberServiceStub(channel).ProvisionNumbers,
            numbers_pb2.ProvisionNumbersRequest(),
        ),
        lambda channel: (
            accounts_pb2_grpc.SubaccountServiceStub(channel).CreateSubaccount,
            accounts_pb2.CreateSubaccountRequest(),
        ),
    ],
    ids=["lookup", "purchase", "subaccount"],
)
async def test_what_changes_something_at_twilio_is_refused(
    tester: Organisation,
    requests: Callable[[], list[str]],
    call: Callable[[object], tuple[Callable[..., Awaitable[object]], object]],
) -> None:
    method, request = call(tester.messaging.channel)
    with acting_as(tester.person.identity()), pytest.raises(Forbidden) as refusal:
        await tester.messaging.caller().call(method, request)  # type: ignore[arg-type]
    assert refusal.value.code == "not_in_test_mode"
    assert requests() == []


async def test_no_program_finds_credentials_of_a_test_organisation(
    tester: Organisation, settings: MessagingSettings
) -> None:
    from servicekit.vault import envelope_of
    from services.messaging.accounts.support.credentials import SendingAccounts

    accounts = SendingAccounts(tester.database, envelope_of(settings))
    with pytest.raises(NotInTestMode):
        await accounts.for_org(tester.org_id)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE twilio_subaccounts SET sub_account_sid = 'AC1', auth_token_encrypted = 'x'",
        "UPDATE twilio_subaccounts SET secondary_token_encrypted = 'x'",
        "INSERT INTO twilio_api_keys SELECT uuidv7(), :org, 'SK1', 'x'",
    ],
)
async def test_the_database_takes_no_credentials_for_a_test_organisation(
    tester: Organisation, statement: str
) -> None:
    if statement.startswith("UPDATE"):
        statement += " WHERE org_id = :org"
    with pytest.raises(IntegrityError, match=r"ck_twilio_(subaccounts|api_keys)_test"):
        async with tester.database.system() as connection:
            await connection.execute(text(statement), {"org": tester.org_id})
