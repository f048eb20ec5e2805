"""``RegistrationService``: A2P 10DLC."""

from typing import Any
from uuid import UUID

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from sqlalchemy import RowMapping

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.access import ORG_ADMIN_ROLES
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.registration.domain.brand_form import BRAND_FORM, completed_brand
from services.messaging.registration.domain.campaign_form import CAMPAIGN_FORM, completed_campaign
from services.messaging.registration.domain.rejections import explained
from services.messaging.registration.storage import a2p_brands, a2p_campaigns
from services.messaging.registration.usecases.link_a2p_campaign import LinkA2pCampaign
from services.messaging.registration.usecases.registration_drafts import RegistrationDrafts
from services.messaging.registration.usecases.submit_a2p_campaign import SubmitA2pCampaign
from services.messaging.registration.usecases.submit_brand import SubmitBrand
from smsblaster.messaging.v1 import a2p_pb2, a2p_pb2_grpc

_REJECTED = frozenset(("failed", "suspended"))


class RegistrationRpc(a2p_pb2_grpc.RegistrationServiceServicer):
    """Serves registrations."""

    def __init__(
        self,
        database: Database,
        drafts: RegistrationDrafts,
        brand: SubmitBrand,
        campaign: SubmitA2pCampaign,
        link: LinkA2pCampaign,
    ) -> None:
        self._database = database
        self._drafts = drafts
        self._brand = brand
        self._campaign = campaign
        self._link = link

    async def GetBrandDraft(
        self, request: a2p_pb2.GetBrandDraftRequest, context: Context
    ) -> a2p_pb2.BrandDraft:
        """What is filled in of the brand."""
        draft = await self._drafts.find(identity.current().require_org(), BRAND_FORM)
        return _brand_draft(draft)

    async def SaveBrandDraft(
        self, request: a2p_pb2.BrandDetails, context: Context
    ) -> a2p_pb2.BrandDraft:
        """Keep what is filled in of the brand."""
        org_id = identity.current().require_org()
        return _brand_draft(await self._drafts.save(org_id, BRAND_FORM, _given(request)))

    async def SubmitBrand(self, request: a2p_pb2.BrandDetails, context: Context) -> a2p_pb2.Brand:
        """Submit the brand."""
        return _brand(await self._brand(identity.current(), _given(request)))

    async def ResubmitBrand(self, request: a2p_pb2.BrandDetails, context: Context) -> a2p_pb2.Brand:
        """Submit a rejected brand once more."""
        return _brand(await self._brand.resubmit(identity.current(), _given(request)))

    async def GetA2pCampaignDraft(
        self, request: a2p_pb2.GetA2pCampaignDraftRequest, context: Context
    ) -> a2p_pb2.A2pCampaignDraft:
        """What is filled in of the campaign."""
        draft = await self._drafts.find(identity.current().require_org(), CAMPAIGN_FORM)
        return _campaign_draft(draft)

    async def SaveA2pCampaignDraft(
        self, request: a2p_pb2.A2pCampaignDetails, context: Context
    ) -> a2p_pb2.A2pCampaignDraft:
        """Keep what is filled in of the campaign."""
        org_id = identity.current().require_org()
        return _campaign_draft(await self._drafts.save(org_id, CAMPAIGN_FORM, _given(request)))

    async def CreateA2pCampaign(
        self, request: a2p_pb2.CreateA2pCampaignRequest, context: Context
    ) -> a2p_pb2.A2pCampaign:
        """Submit a campaign."""
        given = _given(request)
        brand_sid = given.pop("brand_sid")
        return _campaign(await self._campaign(identity.current(), brand_sid, given))

    async def ResubmitA2pCampaign(
        self, request: a2p_pb2.ResubmitA2pCampaignRequest, context: Context
    ) -> a2p_pb2.A2pCampaign:
        """Submit a rejected campaign once more."""
        submitter, given = identity.current(), _given(request)
        campaign_sid = given.pop("campaign_sid")
        return _campaign(await self._campaign.resubmit(submitter, campaign_sid, given))

    async def LinkA2pCampaign(
        self, request: a2p_pb2.LinkA2pCampaignRequest, context: Context
    ) -> a2p_pb2.A2pCampaign:
        """Link a campaign to the messaging service."""
        org_id = identity.current().require_org()
        row = await self._link(org_id, request.campaign_sid, request.messaging_service_sid)
        return _campaign(row)

    async def GetRegistrationStatus(
        self, request: a2p_pb2.GetRegistrationStatusRequest, context: Context
    ) -> a2p_pb2.RegistrationStatus:
        """The brand and the campaigns as they stand."""
        org_id: UUID = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            brand = await a2p_brands.find(connection, org_id)
            campaigns = await a2p_campaigns.of_org(connection, org_id)
            registered = await a2p_campaigns.is_approved(connection, org_id)
        whole = bool(identity.current().roles & ORG_ADMIN_ROLES)
        return a2p_pb2.RegistrationStatus(
            brand=_brand(brand, whole) if brand else None,
            campaigns=[_campaign(row, whole) for row in campaigns],
            registered=registered,
        )


def _given(request: Message) -> dict[str, Any]:
    given: dict[str, Any] = MessageToDict(request, preserving_proto_field_name=True)
    return given


def _brand_draft(draft: RowMapping | None) -> a2p_pb2.BrandDraft:
    details = draft["payload"] if draft else {}
    answer = a2p_pb2.BrandDraft(missing=BRAND_FORM.missing(details))
    ParseDict(details, answer.details)
    return fill(answer, {"updated_at": draft["updated_at"] if draft else None})


def _campaign_draft(draft: RowMapping | None) -> a2p_pb2.A2pCampaignDraft:
    details = draft["payload"] if draft else {}
    answer = a2p_pb2.A2pCampaignDraft(missing=CAMPAIGN_FORM.missing(details))
    ParseDict(details, answer.details)
    return fill(answer, {"updated_at": draft["updated_at"] if draft else None})


def _brand(row: RowMapping, whole: bool = True) -> a2p_pb2.Brand:
    """A brand; ``whole``: with what was submitted, the people and the tax id in it."""
    answer = fill(a2p_pb2.Brand(reasons=_reasons(row)), {**row, "reasons": None})
    if whole:
        ParseDict(completed_brand(row["payload"]), answer.details)
    return answer


def _campaign(row: RowMapping, whole: bool = True) -> a2p_pb2.A2pCampaign:
    answer = fill(a2p_pb2.A2pCampaign(reasons=_reasons(row)), {**row, "reasons": None})
    if whole:
        ParseDict(completed_campaign(row["payload"], row["legal_name"]), answer.details)
    return answer


def _reasons(row: RowMapping) -> list[a2p_pb2.RejectionReason]:
    if row["status"] not in _REJECTED:
        return []
    return [
        a2p_pb2.RejectionReason(
            code=rejection.code,
            message=rejection.message,
            advice=rejection.advice,
            fields=rejection.fields,
            can_resubmit=rejection.can_resubmit,
        )
        for rejection in explained(a2p_brands.as_reasons(row["reasons"]))
    ]
