"""Test helper: an organisation that registers with the US carriers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from servicekit.errors import InvalidInput
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation
from services.messaging.tests.tenant import Tenant
from smsblaster.messaging.v1 import a2p_pb2, a2p_pb2_grpc
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.waiting import wait_until

ADDRESS = {"street": "1 Main Street", "city": "Reno", "region": "NV", "postal_code": "89501"}
CONTACT = {
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@acme.example.com",
    "phone": "+14155550142",
}
BRAND: dict[str, Any] = {
    "legal_name": "Acme LLC",
    "ein": "12-3456789",
    "address": ADDRESS,
    "contact": CONTACT,
}
CAMPAIGN: dict[str, Any] = {
    "use_case": "marketing",
    "sample_messages": [
        "Acme: 20% off everything today. Reply STOP to opt out.",
        "Acme: your order is ready, see https://acme.example.com/o/1",
    ],
    "opt_in_desc": "People tick a box at https://acme.example.com/signup to get our texts.",
}
APPROVED, FAILED = a2p_pb2.REVIEW_STATUS_APPROVED, a2p_pb2.REVIEW_STATUS_FAILED
PENDING, SUBMITTING = a2p_pb2.REVIEW_STATUS_PENDING, a2p_pb2.REVIEW_STATUS_SUBMITTING


def fields_of(refusal: "pytest.ExceptionInfo[InvalidInput]") -> set[str]:
    """Return the names of the invalid fields in an error."""
    return {fault.field for fault in refusal.value.fields}


@dataclass
class Registrant:
    """A tenant that registers by gRPC calls. The simulator decides the reviews."""

    tenant: Tenant
    organisation: Organisation
    settings: MessagingSettings

    @property
    def stub(self) -> "a2p_pb2_grpc.RegistrationServiceAsyncStub":
        return a2p_pb2_grpc.RegistrationServiceStub(self.tenant.messaging.channel)

    async def save_brand(self, **details: Any) -> a2p_pb2.BrandDraft:
        request = a2p_pb2.SaveBrandDraftRequest(**details)
        return await self.tenant.call(self.stub.SaveBrandDraft, request)

    async def brand_draft(self) -> a2p_pb2.BrandDraft:
        request = a2p_pb2.GetBrandDraftRequest()
        return await self.tenant.call(self.stub.GetBrandDraft, request)

    async def submit_brand(self, **details: Any) -> a2p_pb2.Brand:
        return await self.tenant.call(self.stub.SubmitBrand, a2p_pb2.BrandDetails(**details))

    async def resubmit_brand(self, **details: Any) -> a2p_pb2.Brand:
        return await self.tenant.call(self.stub.ResubmitBrand, a2p_pb2.BrandDetails(**details))

    async def save_campaign(self, **details: Any) -> a2p_pb2.A2pCampaignDraft:
        request = a2p_pb2.SaveA2pCampaignDraftRequest(**details)
        return await self.tenant.call(self.stub.SaveA2pCampaignDraft, request)

    async def create_campaign(self, brand_sid: str, **details: Any) -> a2p_pb2.A2pCampaign:
        request = a2p_pb2.CreateA2pCampaignRequest(brand_sid=brand_sid, **details)
        return await self.tenant.call(self.stub.CreateA2pCampaign, request)

    async def resubmit_campaign(self, sid: str, **details: Any) -> a2p_pb2.A2pCampaign:
        request = a2p_pb2.ResubmitA2pCampaignRequest(campaign_sid=sid, **details)
        return await self.tenant.call(self.stub.ResubmitA2pCampaign, request)

    async def link(self, campaign_sid: str, service_sid: str) -> a2p_pb2.A2pCampaign:
        request = a2p_pb2.LinkA2pCampaignRequest(
            campaign_sid=campaign_sid, messaging_service_sid=service_sid
        )
        return await self.tenant.call(self.stub.LinkA2pCampaign, request)

    async def status(self) -> a2p_pb2.RegistrationStatus:
        request = a2p_pb2.GetRegistrationStatusRequest()
        return await self.tenant.call(self.stub.GetRegistrationStatus, request)

    async def advance(self) -> None:
        """Make the next steps of registrations due, and run the job that takes them."""
        for table in ("a2p_brand", "a2p_campaign"):
            await self.tenant.execute(
                f"UPDATE {table} SET next_step_at = now() WHERE org_id = :org_id"  # noqa: S608
            )
        await app.run_job(self.settings, "a2p-progress")

    async def brand_when(self, status: "a2p_pb2.ReviewStatus.ValueType") -> a2p_pb2.Brand:
        """Wait until the brand has the status, and return it."""

        async def reached() -> bool:
            await self.advance()
            return (await self.status()).brand.status == status

        await wait_until(reached, message="brand decided")
        return (await self.status()).brand

    async def campaign_when(self, status: "a2p_pb2.ReviewStatus.ValueType") -> a2p_pb2.A2pCampaign:
        """Wait until the campaign has the status, and return it."""

        async def reached() -> bool:
            await self.advance()
            return (await self.status()).campaigns[0].status == status

        await wait_until(reached, message="campaign decided")
        return (await self.status()).campaigns[0]

    async def approved_brand(self) -> str:
        """Set up the organisation, register a brand until it is approved, and return its id."""
        await self.tenant.create_subaccount()
        await self.tenant.create_service()
        await self.submit_brand(**BRAND)
        return (await self.brand_when(APPROVED)).brand_sid

    async def receive_events(self, *events: dict[str, Any]) -> None:
        """Deliver compliance events in the given order."""
        webhooks = [
            events_pb2.WebhookReceived(
                id=str(uuid4()), org_id=str(self.tenant.org_id), body=orjson.dumps(event)
            )
            for event in events
        ]
        await self.organisation.deliver("webhook.twilio.compliance", webhooks)

    def asked(self, path_prefix: str) -> Sequence[dict[str, Any]]:
        """Return the simulator's recorded requests to paths with this prefix, oldest first."""
        url = f"{self.organisation.simulator.url}/sim/record/requests"
        params: dict[str, str | int] = {"path_prefix": path_prefix, "limit": 1000}
        found = httpx.get(url, params=params).raise_for_status().json()["requests"]
        return list(reversed(found))

    def decide(self, sid: str, **decision: Any) -> None:
        """End a review at the simulator with this outcome."""
        url = f"{self.organisation.simulator.url}/sim/twilio/a2p/{sid}"
        httpx.post(url, json=decision).raise_for_status()
