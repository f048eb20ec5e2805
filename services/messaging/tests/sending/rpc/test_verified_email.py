"""If the settings require it, only users with a verified email address can send."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from servicekit.errors import Forbidden
from servicekit.identity import acting_as
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import (
    dispatch_pb2,
    dispatch_pb2_grpc,
    inbox_pb2,
    inbox_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
)
from tests.fixtures.running import Running, listening, running

Attempt = Callable[[Running, str], Awaitable[Any]]


@pytest.fixture(scope="module")
async def strict(settings: MessagingSettings, messaging: Running) -> AsyncIterator[Running]:
    """Run a second server on the same database that requires a verified address."""
    changes = {
        "ops_listen": listening(),
        "grpc_listen": listening(),
        "require_verified_email": True,
    }
    async with running(app.serve, settings.model_copy(update=changes)) as service:
        yield service


async def send(service: Running, contact_id: str) -> None:
    stub = messages_pb2_grpc.MessageServiceStub(service.channel)
    request = messages_pb2.SendMessageRequest(to=phone(1), body="Hello")
    await service.caller("campaigns").call(stub.SendMessage, request)


async def send_batch(service: Running, contact_id: str) -> None:
    stub = messages_pb2_grpc.MessageServiceStub(service.channel)
    request = messages_pb2.SendBatchRequest(numbers=[phone(1)], message="Hello")
    await service.caller().call(stub.SendBatch, request)


async def reply(service: Running, contact_id: str) -> None:
    stub = inbox_pb2_grpc.InboxServiceStub(service.channel)
    request = inbox_pb2.ReplyRequest(contact_id=contact_id, message="Hello")
    await service.caller().call(stub.Reply, request)


async def test_only_verified_users_start_campaigns(
    organisation: Organisation, strict: Running
) -> None:
    stub = dispatch_pb2_grpc.DispatchServiceStub(strict.channel)
    call, request = strict.caller("campaigns").call, dispatch_pb2.CheckReadinessRequest()
    user = organisation.person.identity()
    with acting_as(replace(user, email_verified=False)), pytest.raises(Forbidden) as refusal:
        await call(stub.CheckReadiness, request)
    assert refusal.value.code == "email_not_verified"
    with acting_as(replace(user, email_verified=True)):
        assert (await call(stub.CheckReadiness, request)).has_sender


@pytest.mark.parametrize("attempt", [send, send_batch, reply])
async def test_only_verified_users_send_messages(
    organisation: Organisation, strict: Running, attempt: Attempt
) -> None:
    contact_id = await Inbox(organisation).text_in(phone(1), "Hello?")
    user = organisation.person.identity()
    before = await organisation.balance()
    with acting_as(replace(user, email_verified=False)), pytest.raises(Forbidden) as refusal:
        await attempt(strict, contact_id)
    assert refusal.value.code == "email_not_verified"
    assert await organisation.balance() == before
    with acting_as(replace(user, email_verified=True)):
        await attempt(strict, contact_id)
    assert await organisation.balance() == before - 1
