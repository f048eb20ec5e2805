"""Operators list, read, replay and discard dead letters, and each action is audited."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID

import pytest
from google.protobuf.json_format import MessageToDict

from servicekit.bus.connection import Bus
from servicekit.bus.outbox import outbox
from servicekit.errors import Conflict, Forbidden, InvalidInput, NotFound
from servicekit.identity import Identity, acting_as
from servicekit.ids import new_id
from servicekit.rpc.client import RpcClient, open_channel
from servicekit.tokens import TokenSigner
from services.webhooks.settings import WebhooksSettings
from services.webhooks.tests.events.test_dead_letters import DEAD, wait_for_dead_letter
from services.webhooks.tests.reports import dead_lettered, publish_event
from services.webhooks.tests.serving import Service
from services.webhooks.tests.subscriptions import subscribed
from smsblaster.audit.v1.events_pb2 import AuditRecorded
from smsblaster.webhooks.v1 import dead_letters_pb2 as pb
from smsblaster.webhooks.v1 import dead_letters_pb2_grpc, events_pb2

OPERATOR = Identity("gateway", new_id(), new_id(), "Ops", frozenset({"owner", "ADMIN"}))
OWNER = Identity("gateway", new_id(), new_id(), "Acme", frozenset({"owner"}))


class OperatorClient:
    """Calls the webhooks service as the current identity, an operator by default."""

    def __init__(
        self, stub: "dead_letters_pb2_grpc.DeadLetterServiceAsyncStub", key: bytes
    ) -> None:
        self._stub = stub
        self._rpc = RpcClient(TokenSigner("gateway", key))

    async def list(self, **wanted: object) -> pb.ListDeadLettersResponse:
        request = pb.ListDeadLettersRequest(**wanted)  # type: ignore[arg-type]
        return await self._rpc.call(self._stub.ListDeadLetters, request)

    async def read(self, letter_id: str) -> pb.DeadLetterDetail:
        return await self._rpc.call(self._stub.GetDeadLetter, pb.GetDeadLetterRequest(id=letter_id))

    async def replay(self, letter_id: str) -> pb.DeadLetter:
        return await self._rpc.call(
            self._stub.ReplayDeadLetter, pb.ReplayDeadLetterRequest(id=letter_id)
        )

    async def discard(self, letter_id: str) -> pb.DeadLetter:
        return await self._rpc.call(
            self._stub.DiscardDeadLetter, pb.DiscardDeadLetterRequest(id=letter_id)
        )


@pytest.fixture
async def operator_client(
    service: Service, settings: WebhooksSettings
) -> AsyncIterator[OperatorClient]:
    channel = open_channel(settings.grpc_listen, ["smsblaster.webhooks.v1.DeadLetterService"])
    stub = dead_letters_pb2_grpc.DeadLetterServiceStub(channel)
    yield OperatorClient(stub, settings.token_key())
    await channel.close()


@pytest.fixture(autouse=True)
def operator() -> Iterator[None]:
    with acting_as(OPERATOR):
        yield


async def report_dead_letter(service: Service, bus: Bus, subject: str, payload: bytes) -> str:
    """Report that a consumer gave up on a message. Return the id of the dead letter."""
    message_id = str(new_id())
    await publish_event(bus, DEAD, dead_lettered(subject, message_id, payload))
    return str((await wait_for_dead_letter(service, message_id))["id"])


async def actions_on(service: Service, letter_id: str) -> list[str]:
    async with service.database.system() as connection:
        query = outbox.select().where(outbox.c.subject == "event.webhooks.audit")
        rows = (await connection.execute(query.order_by(outbox.c.id))).mappings().all()
    events = [AuditRecorded.FromString(bytes(row["payload"])) for row in rows]
    assert {event.actor_user_id for event in events} == {str(OPERATOR.user_id)}
    return [event.action for event in events if event.entity_id == letter_id]


async def test_reading_a_dead_letter_shows_its_fields_and_is_audited(
    service: Service, bus: Bus, operator_client: OperatorClient
) -> None:
    event = events_pb2.WebhookReceived(
        id=str(new_id()), form={"MessageStatus": "sent"}, body=b'{"type": "x"}'
    )
    payload = event.SerializeToString()
    letter_id = await report_dead_letter(service, bus, "webhook.twilio.incoming", payload)
    detail = await operator_client.read(letter_id)
    assert detail.payload == payload
    assert detail.letter.status == pb.DEAD_LETTER_STATUS_WAITING
    content = MessageToDict(detail.content)
    assert content["form"] == {"MessageStatus": "sent"}
    assert content["body"] == '{"type": "x"}'
    assert await actions_on(service, letter_id) == ["dead_letter_read"]


@pytest.mark.parametrize(
    ("subject", "payload"),
    [("event.unheard.of", b"x"), ("webhook.stripe", b"\xff\xff\xff")],
)
async def test_a_payload_that_cannot_be_decoded_is_shown_raw(
    service: Service, bus: Bus, operator_client: OperatorClient, subject: str, payload: bytes
) -> None:
    detail = await operator_client.read(await report_dead_letter(service, bus, subject, payload))
    assert not detail.HasField("content")
    assert detail.payload == payload


async def test_a_replayed_dead_letter_is_published_again_and_cannot_be_discarded(
    service: Service, bus: Bus, operator_client: OperatorClient
) -> None:
    event = events_pb2.WebhookReceived(id=str(new_id()))
    letter_id = await report_dead_letter(
        service, bus, "webhook.twilio.incoming", event.SerializeToString()
    )
    async with subscribed(bus, "webhook.twilio.incoming") as messages:
        for _ in range(2):
            replayed = await operator_client.replay(letter_id)
            assert replayed.status == pb.DEAD_LETTER_STATUS_REPLAYED
            assert (await messages.next()).event.id == event.id
    with pytest.raises(Conflict) as refused:
        await operator_client.discard(letter_id)
    assert refused.value.code == "dead_letter_replayed"
    assert await actions_on(service, letter_id) == ["dead_letter_replayed"] * 2


async def test_a_discarded_dead_letter_cannot_be_replayed(
    service: Service, bus: Bus, operator_client: OperatorClient
) -> None:
    letter_id = await report_dead_letter(service, bus, "event.unheard.of", b"x")
    for _ in range(2):
        discarded = await operator_client.discard(letter_id)
        assert discarded.status == pb.DEAD_LETTER_STATUS_DISCARDED
    with pytest.raises(Conflict) as refused:
        await operator_client.replay(letter_id)
    assert refused.value.code == "dead_letter_discarded"
    assert await actions_on(service, letter_id) == ["dead_letter_discarded"]


async def test_dead_letters_are_filtered_and_paged(
    service: Service, bus: Bus, operator_client: OperatorClient
) -> None:
    ids = [await report_dead_letter(service, bus, "event.unheard.of", b"x") for _ in range(3)]
    await operator_client.discard(ids[0])
    first = await operator_client.list(limit=2)
    assert [letter.id for letter in first.items] == [ids[2], ids[1]]
    rest = await operator_client.list(limit=1, cursor=first.next_cursor)
    assert [letter.id for letter in rest.items] == [ids[0]]
    waiting = await operator_client.list(status=pb.DEAD_LETTER_STATUS_WAITING, limit=200)
    assert ids[0] not in {letter.id for letter in waiting.items}
    assert {ids[1], ids[2]} <= {letter.id for letter in waiting.items}
    discarded = await operator_client.list(status=pb.DEAD_LETTER_STATUS_DISCARDED)
    assert discarded.items[0].id == ids[0]
    assert (await operator_client.list(consumer="messaging-status", limit=1)).items[0].id == ids[2]
    assert not (await operator_client.list(consumer="nobody")).items


async def test_an_unknown_dead_letter_is_not_found(operator_client: OperatorClient) -> None:
    nowhere = str(new_id())
    for act in (operator_client.read, operator_client.replay, operator_client.discard):
        with pytest.raises(NotFound) as refused:
            await act(nowhere)
        assert refused.value.code == "dead_letter_not_found"


async def test_the_error_for_bad_input_names_its_field(operator_client: OperatorClient) -> None:
    with pytest.raises(InvalidInput) as refused:
        await operator_client.read("x")
    assert [fault.field for fault in refused.value.fields] == ["id"]
    with pytest.raises(InvalidInput) as refused:
        await operator_client.list(cursor="x")
    assert [fault.field for fault in refused.value.fields] == ["cursor"]


async def test_an_owner_who_is_not_an_operator_is_refused(
    service: Service, bus: Bus, operator_client: OperatorClient
) -> None:
    letter_id = await report_dead_letter(service, bus, "event.unheard.of", b"x")
    with acting_as(OWNER):
        for act in (operator_client.read, operator_client.replay, operator_client.discard):
            with pytest.raises(Forbidden):
                await act(letter_id)
    row = next(row for row in await service.letters() if row["id"] == UUID(letter_id))
    assert (row["replayed_at"], row["discarded_at"]) == (None, None)
