"""Test helper: a user who runs campaigns by calling the service."""

from dataclasses import dataclass
from typing import Any

from servicekit.identity import acting_as
from smsblaster.campaigns.v1 import campaigns_pb2, campaigns_pb2_grpc
from tests.fixtures.running import Person, Running
from tests.fixtures.waiting import wait_until

Status = campaigns_pb2.CampaignStatus

DRAFT = campaigns_pb2.CAMPAIGN_STATUS_DRAFT
SCHEDULED = campaigns_pb2.CAMPAIGN_STATUS_SCHEDULED
RUNNING = campaigns_pb2.CAMPAIGN_STATUS_RUNNING
PAUSED = campaigns_pb2.CAMPAIGN_STATUS_PAUSED
DONE = campaigns_pb2.CAMPAIGN_STATUS_DONE
FAILED = campaigns_pb2.CAMPAIGN_STATUS_FAILED
CANCELLED = campaigns_pb2.CAMPAIGN_STATUS_CANCELLED

# Seconds. On a busy machine a campaign may take long.
_PATIENCE = 240.0


@dataclass(frozen=True)
class Marketer:
    """A user who runs campaigns."""

    service: Running
    person: Person

    async def create(self, **fields: Any) -> campaigns_pb2.Campaign:
        """Create a campaign and return it. `fields` replace the default name and text."""
        given: dict[str, Any] = {"name": "Spring sale"} | fields
        if not fields.keys() & {"message", "template_id"}:
            given["message"] = "Sale today"
        request = campaigns_pb2.CreateCampaignRequest(**given)
        created: campaigns_pb2.Campaign = await self.ask("CreateCampaign", request)
        return created

    async def update(self, campaign_id: str, **fields: Any) -> campaigns_pb2.Campaign:
        request = campaigns_pb2.UpdateCampaignRequest(id=campaign_id, **fields)
        updated: campaigns_pb2.Campaign = await self.ask("UpdateCampaign", request)
        return updated

    async def on(self, method: str, campaign_id: object) -> Any:
        """Call a method that takes only an id, such as `PauseCampaign`."""
        request = getattr(campaigns_pb2, f"{method}Request")
        return await self.ask(method, request(id=str(campaign_id)))

    async def metrics(self, campaign_id: str) -> campaigns_pb2.CampaignMetrics:
        found: campaigns_pb2.CampaignMetrics = await self.on("GetCampaignMetrics", campaign_id)
        return found

    async def until(self, campaign_id: str, status: Status.ValueType) -> campaigns_pb2.Campaign:
        """Wait until the campaign has `status`, and return it."""

        async def there() -> campaigns_pb2.Campaign | None:
            campaign: campaigns_pb2.Campaign = await self.on("GetCampaign", campaign_id)
            return campaign if campaign.status == status else None

        found = await wait_until(there, _PATIENCE, f"campaign is {Status.Name(status)}")
        assert found is not None
        return found

    async def send(self, **fields: Any) -> str:
        """Create and start a campaign. Return its id."""
        created = await self.create(**fields)
        await self.on("SendCampaign", created.id)
        return created.id

    async def ask(self, method: str, request: Any) -> Any:
        """Call a method of the campaigns service with `request`, and return the response."""
        stub = campaigns_pb2_grpc.CampaignServiceStub(self.service.channel)
        with acting_as(self.person.identity()):
            return await self.service.caller().call(getattr(stub, method), request)
