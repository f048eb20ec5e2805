"""Test helper: an organisation that can send and receive messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import text

from servicekit.bus.connection import Bus
from servicekit.db.database import Database
from servicekit.identity import acting_as
from servicekit.ids import new_id
from services.billing.tests.money import ledger_sum
from services.messaging.tests.ready_accounts import ReadyAccounts
from services.messaging.tests.webhooks import deliver
from smsblaster.contacts.v1 import recipients_pb2, recipients_pb2_grpc
from smsblaster.messaging.v1 import (
    dispatch_pb2,
    dispatch_pb2_grpc,
    messages_pb2,
    messages_pb2_grpc,
    services_pb2,
    services_pb2_grpc,
    threads_pb2,
    threads_pb2_grpc,
)
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.running import Person, Running, Simulator


def phone(number: int) -> str:
    """Return the ``number``-th of many phone numbers that accept messages."""
    return f"+1415{600 + number // 10_000:03d}{number % 10_000:04d}"


@dataclass
class Organisation:
    """An organisation with an account, a phone number and money."""

    messaging: Running
    contacts: Running
    database: Database
    billing_database: Database
    bus: Bus
    simulator: Simulator
    accounts: ReadyAccounts
    person: Person = field(default_factory=Person)
    account_sid: str = ""

    @property
    def org_id(self) -> UUID:
        return self.person.org_id

    async def set_up(self) -> None:
        """Give the organisation an account, a messaging service and a phone number."""
        self.account_sid = await self.accounts.make(self.person)

    async def send(
        self, to: str, body: str = "Hello", price_version: str | None = None, **more: Any
    ) -> messages_pb2.Message:
        request = messages_pb2.SendMessageRequest(
            to=to, body=body, price_version=price_version, **more
        )
        caller = self.messaging.caller("campaigns")
        with acting_as(self.person.identity()):
            return await caller.call(self._messages.SendMessage, request, timeout=100)

    async def encode_smartly(self, on: bool) -> None:
        """Turn Smart Encoding (the replacement of look-alike characters) on or off."""
        query = text("SELECT sid FROM twilio_messaging_services WHERE org_id = :org_id")
        async with self.database.system() as connection:
            sid = await connection.scalar(query, {"org_id": self.org_id})
        stub = services_pb2_grpc.MessagingServiceServiceStub(self.messaging.channel)
        request = services_pb2.UpdateMessagingServiceRequest(sid=sid, smart_encoding=on)
        with acting_as(self.person.identity()):
            await self.messaging.caller().call(stub.UpdateMessagingService, request)

    async def send_batch(
        self, numbers: Sequence[str], body: str = "Hello", version: str | None = None, **more: Any
    ) -> messages_pb2.SendBatchResponse:
        request = messages_pb2.SendBatchRequest(
            numbers=numbers, message=body, price_version=version, **more
        )
        with acting_as(self.person.identity()):
            return await self.messaging.caller().call(self._messages.SendBatch, request)

    async def detail(self, message_id: str) -> messages_pb2.MessageDetail:
        request = messages_pb2.GetMessageRequest(id=message_id)
        with acting_as(self.person.identity()):
            return await self.messaging.caller().call(self._messages.GetMessage, request)

    @property
    def _messages(self) -> "messages_pb2_grpc.MessageServiceAsyncStub":
        return messages_pb2_grpc.MessageServiceStub(self.messaging.channel)

    async def conversations(self) -> Sequence[threads_pb2.Conversation]:
        stub = threads_pb2_grpc.ThreadServiceStub(self.messaging.channel)
        with acting_as(self.person.identity()):
            page = await self.messaging.caller().call(
                stub.ListThreads, threads_pb2.ListThreadsRequest()
            )
        return page.items

    async def contact_ids(self, phones: Sequence[str]) -> dict[str, str]:
        stub = recipients_pb2_grpc.RecipientServiceStub(self.contacts.channel)
        with acting_as(self.person.identity()):
            answer = await self.contacts.caller("messaging").call(
                stub.EnsureContacts, recipients_pb2.EnsureContactsRequest(phones=phones)
            )
        return {r.phone: r.contact_id for r in answer.recipients}

    async def is_opted_out(self, phone: str) -> bool:
        stub = recipients_pb2_grpc.RecipientServiceStub(self.contacts.channel)
        with acting_as(self.person.identity()):
            answer = await self.contacts.caller("messaging").call(
                stub.CheckOptOuts, recipients_pb2.CheckOptOutsRequest(phones=[phone])
            )
        return bool(answer.opted_out_phones)

    async def submit(
        self,
        campaign_id: UUID,
        phones: Sequence[str],
        body: str = "Sale today",
        opted_out: Sequence[str] = (),
        moved: Mapping[str, str] | None = None,
        **more: Any,
    ) -> dispatch_pb2.SubmitChunkResponse:
        """Submit a chunk. ``moved`` maps contacts' old phone numbers to the new ones."""
        ids = await self.contact_ids([*phones, *opted_out])
        now_at = moved or {}
        request = dispatch_pb2.SubmitChunkRequest(
            campaign_id=str(campaign_id),
            user_id=str(self.person.user_id),
            recipients=[
                dispatch_pb2.ChunkRecipient(contact_id=ids[p], phone=now_at.get(p, p), body=body)
                for p in phones
            ],
            skipped=[
                dispatch_pb2.SkippedRecipient(
                    contact_id=ids[p], reason=dispatch_pb2.SKIP_REASON_OPTED_OUT
                )
                for p in opted_out
            ],
            **more,
        )
        stub = dispatch_pb2_grpc.DispatchServiceStub(self.messaging.channel)
        with acting_as(self.person.identity()):
            return await self.messaging.caller("campaigns").call(stub.SubmitChunk, request)

    async def hold(self, campaign_id: UUID, held: bool, running: bool = False) -> None:
        stub = dispatch_pb2_grpc.DispatchServiceStub(self.messaging.channel)
        request = dispatch_pb2.HoldCampaignRequest(
            campaign_id=str(campaign_id), held=held, running=running
        )
        with acting_as(self.person.identity()):
            await self.messaging.caller("campaigns").call(stub.HoldCampaign, request)

    async def counts(self, campaign_id: UUID) -> dispatch_pb2.CampaignCounts:
        stub = dispatch_pb2_grpc.DispatchServiceStub(self.messaging.channel)
        request = dispatch_pb2.GetCampaignCountsRequest(campaign_ids=[str(campaign_id)])
        with acting_as(self.person.identity()):
            answer = await self.messaging.caller("campaigns").call(stub.GetCampaignCounts, request)
        return answer.counts[0] if answer.counts else dispatch_pb2.CampaignCounts()

    async def balance(self) -> int:
        """Return the organisation's balance in cents, as the sum of the ledger."""
        return await ledger_sum(self.billing_database, self.person)

    def provider(self) -> list[dict[str, Any]]:
        """Return the organisation's messages that the simulated Twilio has accepted."""
        answer = httpx.get(
            f"{self.simulator.url}/sim/record/messages",
            params={"account_sid": self.account_sid, "limit": 10_000},
        )
        answer.raise_for_status()
        found = answer.json()
        rows = found["messages"] if isinstance(found, dict) else found
        return [m for m in rows if m["direction"].startswith("outbound-api")]

    def fault(self, **what: object) -> None:
        """Inject a fault at the simulator, by default for requests that create messages."""
        body = {"provider": "twilio", "method": "POST", "path_suffix": "/Messages.json", **what}
        httpx.post(f"{self.simulator.url}/sim/faults", json=body).raise_for_status()

    async def number(self) -> str:
        """Return the phone number that the organisation sends from."""
        query = text("SELECT phone_number FROM twilio_numbers WHERE org_id = :org_id")
        async with self.database.org(self.org_id) as connection:
            return str(await connection.scalar(query, {"org_id": self.org_id}))

    async def status(self, message_id: str) -> str:
        async with self.database.system() as connection:
            return str(
                await connection.scalar(
                    text("SELECT status FROM sms_messages WHERE id = :id"), {"id": message_id}
                )
            )

    async def is_now(self, message_id: str, status: str) -> bool:
        """Whether a message has the status."""
        return await self.status(message_id) == status

    async def pass_seconds(self, message_id: str, seconds: int = 10) -> None:
        """Move the times of a message ``seconds`` into the past."""
        statement = text(
            "UPDATE sms_messages SET next_step_at = next_step_at - :time,"
            " attempted_at = attempted_at - :time, status_updated_at = status_updated_at - :time"
            " WHERE id = :id AND org_id = :org_id"
        )
        values = {"id": message_id, "org_id": self.org_id, "time": timedelta(seconds=seconds)}
        async with self.database.org(self.org_id) as connection:
            await connection.execute(statement, values)

    async def callback(
        self, message_id: str | None, sid: str, *words: str, code: int | None = None, **form: str
    ) -> None:
        """Deliver a status callback for each status in ``words``. Wait until all are handled.

        ``form``: fields to add to the callbacks.
        """
        received = [
            events_pb2.WebhookReceived(
                id=str(uuid4()),
                org_id=str(self.org_id),
                message_id=message_id,
                form={"MessageSid": sid, "MessageStatus": word, "From": "+14155550100", **form}
                | ({"ErrorCode": str(code)} if code and word in ("failed", "undelivered") else {}),
                received_at=_now(),
            )
            for word in words
        ]
        await self.deliver("webhook.twilio.status", received)

    async def text_to_provider(self, from_: str, body: str, **more: Any) -> str:
        """Send a person's text to Twilio, without a webhook to us. Return its SID."""
        asked = {"from": from_, "to": await self.number(), "body": body, **more}
        answer = httpx.post(f"{self.simulator.url}/sim/inbound", json=asked)
        return str(answer.raise_for_status().json()["sid"])

    def provider_second(self, sid: str) -> int:
        """Return the time, in seconds since the epoch, at which Twilio created a message."""
        answer = httpx.get(
            f"{self.simulator.url}/sim/record/messages",
            params={"account_sid": self.account_sid, "limit": 10_000},
        )
        rows = answer.raise_for_status().json()["messages"]
        return int(next(row["requested_at"] for row in rows if row["sid"] == sid)) // 1000

    async def text_in(
        self, from_: str, body: str, sid: str | None = None, **parameters: str
    ) -> None:
        """Deliver the webhook of an incoming message. ``parameters`` override its fields."""
        received = events_pb2.WebhookReceived(
            id=str(uuid4()),
            org_id=str(self.org_id),
            form={
                "MessageSid": sid or f"SM{new_id().hex}",
                "From": from_,
                "To": "+14155550100",
                "Body": body,
                "NumSegments": "1",
                **parameters,
            },
            received_at=_now(),
        )
        await self.deliver("webhook.twilio.incoming", [received])

    async def deliver(self, subject: str, webhooks: Sequence[events_pb2.WebhookReceived]) -> None:
        """Deliver webhooks as the webhooks service does, and wait until they are handled."""
        await deliver(self.bus, self.database, subject, webhooks)


def _now() -> Timestamp:
    now = Timestamp()
    now.GetCurrentTime()
    return now
