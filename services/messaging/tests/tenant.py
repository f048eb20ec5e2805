"""Test helpers: an organisation that sets itself up, and its state at Twilio."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import grpc
import httpx
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.identity import Identity, acting_as
from servicekit.ids import new_id
from smsblaster.audit.v1 import events_pb2 as audit_pb2
from smsblaster.messaging.v1 import (
    accounts_pb2,
    accounts_pb2_grpc,
    dispatch_pb2,
    dispatch_pb2_grpc,
    numbers_pb2,
    numbers_pb2_grpc,
    services_pb2,
    services_pb2_grpc,
)
from tests.fixtures.running import TWILIO_SID, TWILIO_TOKEN, Running, Simulator

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass
class Tenant:
    """An organisation that sets itself up. It gets a unique name unless one is given."""

    messaging: Running
    database: Database
    org_id: UUID = field(default_factory=new_id)
    name: str = ""
    role: str = "owner"
    user_id: UUID = field(default_factory=new_id)
    verified: bool = True

    def __post_init__(self) -> None:
        self.name = self.name or f"Acme {self.org_id}"

    def identity(self) -> Identity:
        return Identity(
            "gateway",
            self.org_id,
            self.user_id,
            self.name,
            frozenset({self.role}),
            email_verified=self.verified,
            email=self.email,
        )

    @property
    def email(self) -> str:
        """The email address of the organisation's user."""
        return f"{self.user_id.hex}@example.com"

    async def call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[Request, Response],
        request: Request,
        service: str = "gateway",
    ) -> Response:
        with acting_as(self.identity()):
            return await self.messaging.caller(service).call(method, request, timeout=60)

    async def create_subaccount(self) -> accounts_pb2.Subaccount:
        stub = accounts_pb2_grpc.SubaccountServiceStub(self.messaging.channel)
        return await self.call(stub.CreateSubaccount, accounts_pb2.CreateSubaccountRequest())

    async def subaccount(self) -> accounts_pb2.Subaccount:
        stub = accounts_pb2_grpc.SubaccountServiceStub(self.messaging.channel)
        return await self.call(stub.GetSubaccount, accounts_pb2.GetSubaccountRequest())

    async def create_service(self, **fields: str) -> services_pb2.MessagingService:
        stub = services_pb2_grpc.MessagingServiceServiceStub(self.messaging.channel)
        request = services_pb2.CreateMessagingServiceRequest(**fields)
        return await self.call(stub.CreateMessagingService, request)

    async def service(self) -> services_pb2.MessagingService:
        stub = services_pb2_grpc.MessagingServiceServiceStub(self.messaging.channel)
        return await self.call(stub.GetMessagingService, services_pb2.GetMessagingServiceRequest())

    async def update_service(self, sid: str, **changes: Any) -> services_pb2.MessagingService:
        stub = services_pb2_grpc.MessagingServiceServiceStub(self.messaging.channel)
        request = services_pb2.UpdateMessagingServiceRequest(sid=sid, **changes)
        return await self.call(stub.UpdateMessagingService, request)

    async def add_number(self, service_sid: str, number_sid: str) -> numbers_pb2.PhoneNumber:
        stub = services_pb2_grpc.MessagingServiceServiceStub(self.messaging.channel)
        request = services_pb2.AddNumberRequest(sid=service_sid, phone_sid=number_sid)
        return await self.call(stub.AddNumber, request)

    async def buy_numbers(self, **criteria: Any) -> numbers_pb2.ProvisionNumbersResponse:
        stub = numbers_pb2_grpc.NumberServiceStub(self.messaging.channel)
        return await self.call(
            stub.ProvisionNumbers, numbers_pb2.ProvisionNumbersRequest(**criteria)
        )

    async def numbers(self) -> Sequence[numbers_pb2.PhoneNumber]:
        stub = numbers_pb2_grpc.NumberServiceStub(self.messaging.channel)
        answer = await self.call(stub.ListNumbers, numbers_pb2.ListNumbersRequest())
        return list(answer.items)

    async def release(self, sid: str, force: bool = False) -> numbers_pb2.PhoneNumber:
        stub = numbers_pb2_grpc.NumberServiceStub(self.messaging.channel)
        request = numbers_pb2.ReleaseNumberRequest(sid=sid, force=force)
        return await self.call(stub.ReleaseNumber, request)

    async def hold(self, campaign_id: UUID, held: bool, running: bool) -> None:
        stub = dispatch_pb2_grpc.DispatchServiceStub(self.messaging.channel)
        request = dispatch_pb2.HoldCampaignRequest(
            campaign_id=str(campaign_id), held=held, running=running
        )
        await self.call(stub.HoldCampaign, request, service="campaigns")

    async def signing_tokens(
        self, account_sid: str, service: str = "webhooks"
    ) -> accounts_pb2.GetSigningTokensResponse:
        stub = accounts_pb2_grpc.SubaccountServiceStub(self.messaging.channel)
        request = accounts_pb2.GetSigningTokensRequest(account_sid=account_sid)
        return await self.call(stub.GetSigningTokens, request, service)

    async def expire_lease(self) -> None:
        """Make the lease of an interrupted request expire."""
        await self.execute(
            "UPDATE twilio_subaccounts SET setup_lease_until = now() - interval '1 second'"
            " WHERE org_id = :org_id AND setup_lease_until > now()"
        )

    async def execute(self, statement: str, **parameters: object) -> None:
        async with self.database.org(self.org_id) as connection:
            await connection.execute(text(statement), {"org_id": self.org_id, **parameters})

    async def audited(self) -> list[str]:
        """Return the actions of the organisation's audit entries, oldest first."""
        recorded = [
            audit_pb2.AuditRecorded.FromString(payload)
            for payload in await self.announced("event.messaging.audit")
        ]
        return [r.action for r in recorded if r.org_id == str(self.org_id)]

    async def announced(self, subject: str) -> list[bytes]:
        """Return the payloads of all organisations' bus events on ``subject`` that are stored."""
        async with self.database.system() as connection:
            rows = await connection.execute(
                text("SELECT payload FROM outbox WHERE subject = :subject ORDER BY id"),
                {"subject": subject},
            )
            return list(rows.scalars())


@dataclass
class TwilioSide:
    """The simulated Twilio, read through its own API. Tests can inject faults."""

    http: httpx.AsyncClient

    @classmethod
    @asynccontextmanager
    async def of(cls, simulator: Simulator) -> AsyncIterator["TwilioSide"]:
        async with httpx.AsyncClient(base_url=simulator.url) as http:
            yield cls(http)

    async def accounts(self, name: str) -> list[dict[str, Any]]:
        found = await self._get("/api.twilio.com/2010-04-01/Accounts.json", FriendlyName=name)
        return list(found["accounts"])

    async def open_account(self, name: str) -> str:
        answer = await self.http.post(
            "/api.twilio.com/2010-04-01/Accounts.json",
            data={"FriendlyName": name},
            auth=(TWILIO_SID, TWILIO_TOKEN),
        )
        return str(answer.raise_for_status().json()["sid"])

    async def status(self, account_sid: str) -> str:
        """Return the status of an account."""
        found = await self._get(f"/api.twilio.com/2010-04-01/Accounts/{account_sid}.json")
        return str(found["status"])

    async def numbers(self, account_sid: str) -> list[str]:
        """Return the SIDs of the account's phone numbers."""
        found = await self._get(_numbers(account_sid), PageSize="1000")
        return [number["sid"] for number in found["incoming_phone_numbers"]]

    async def buy(self, account_sid: str, area_code: str) -> dict[str, str]:
        answer = await self.http.post(
            _numbers(account_sid), data={"AreaCode": area_code}, auth=(TWILIO_SID, TWILIO_TOKEN)
        )
        return dict(answer.raise_for_status().json())

    async def delete_number(self, account_sid: str, sid: str) -> None:
        path = _numbers(account_sid).replace(".json", f"/{sid}.json")
        (await self.http.delete(path, auth=(TWILIO_SID, TWILIO_TOKEN))).raise_for_status()

    async def services(self, tenant: Tenant) -> list[dict[str, Any]]:
        found = await self._get("/messaging.twilio.com/v1/Services", tenant)
        return list(found["services"])

    async def pool(self, tenant: Tenant, service_sid: str) -> list[str]:
        found = await self._get(
            f"/messaging.twilio.com/v1/Services/{service_sid}/PhoneNumbers", tenant
        )
        return [number["sid"] for number in found["phone_numbers"]]

    async def registered(self, tenant: Tenant) -> dict[str, int]:
        """Count the objects of the account's registration at Twilio, by kind."""
        hub = "/trusthub.twilio.com/v1"
        found = {
            name: len((await self._get(f"{hub}/{name}", tenant))["results"])
            for name in ("CustomerProfiles", "TrustProducts", "EndUsers")
        }
        brands = await self._get("/messaging.twilio.com/v1/a2p/BrandRegistrations", tenant)
        return {**found, "BrandRegistrations": len(brands["data"])}

    async def misbehave(self, method: str, path_suffix: str, **fault: Any) -> None:
        """Inject a fault at the simulator: matching requests to Twilio fail from now on."""
        body = {"provider": "twilio", "method": method, "path_suffix": path_suffix, **fault}
        (await self.http.post("/sim/faults", json=body)).raise_for_status()

    async def behave(self) -> None:
        (await self.http.delete("/sim/faults")).raise_for_status()

    async def _get(self, path: str, tenant: Tenant | None = None, **query: str) -> dict[str, Any]:
        auth = await _credentials(tenant) if tenant else (TWILIO_SID, TWILIO_TOKEN)
        answer = await self.http.get(path, params=query, auth=auth)
        return dict(answer.raise_for_status().json())


def _numbers(account_sid: str) -> str:
    return f"/api.twilio.com/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers.json"


async def _credentials(tenant: Tenant) -> tuple[str, str]:
    sid = (await tenant.subaccount()).sub_account_sid
    return sid, (await tenant.signing_tokens(sid)).tokens[0]
