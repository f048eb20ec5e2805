"""The gRPC service ``RegistrationService``, for registrations with the US carriers."""

from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message

from servicekit import identity
from servicekit.db.database import Database
from servicekit.modes import is_test
from servicekit.rpc.access import ORG_ADMIN_ROLES
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.registration.domain.brand_form import BRAND_FORM, complete_brand
from services.messaging.registration.domain.campaign_form import CAMPAIGN_FORM, complete_campaign
from services.messaging.registration.domain.forms import Form
from services.messaging.registration.domain.rejections import explain_all
from services.messaging.registration.domain.reviews import Reason
from services.messaging.registration.providers.registration_fees import RegistrationFees
from services.messaging.registration.storage import a2p_brands, a2p_campaigns, a2p_drafts
from services.messaging.registration.storage.a2p_brands import Brand
from services.messaging.registration.storage.a2p_campaigns import A2pCampaign
from services.messaging.registration.storage.a2p_drafts import Draft
from services.messaging.registration.usecases.link_a2p_campaign import LinkA2pCampaign
from services.messaging.registration.usecases.save_draft import SaveDraft
from services.messaging.registration.usecases.submit_a2p_campaign import SubmitA2pCampaign
from services.messaging.registration.usecases.submit_brand import SubmitBrand
from smsblaster.messaging.v1 import a2p_pb2, a2p_pb2_grpc

_REJECTED = frozenset(("failed", "suspended"))
_SaveDraftRequest: TypeAlias = a2p_pb2.SaveBrandDraftRequest | a2p_pb2.SaveA2pCampaignDraftRequest


class RegistrationRpc(a2p_pb2_grpc.RegistrationServiceServicer):
    """Serves an organisation's brand and A2P campaigns."""

    def __init__(
        self,
        database: Database,
        save_draft: SaveDraft,
        brand: SubmitBrand,
        campaign: SubmitA2pCampaign,
        link: LinkA2pCampaign,
        fees: RegistrationFees,
    ) -> None:
        self._database = database
        self._save_draft = save_draft
        self._brand = brand
        self._campaign = campaign
        self._link = link
        self._fees = fees

    async def GetBrandDraft(
        self, request: a2p_pb2.GetBrandDraftRequest, context: Context
    ) -> a2p_pb2.BrandDraft:
        """Return the draft of the organisation's brand, with the fields that are still missing."""
        return _brand_draft(await self._draft(BRAND_FORM))

    async def SaveBrandDraft(
        self, request: a2p_pb2.SaveBrandDraftRequest, context: Context
    ) -> a2p_pb2.BrandDraft:
        """Merge the given fields into the draft of the brand."""
        return _brand_draft(await self._save(BRAND_FORM, request))

    async def SubmitBrand(self, request: a2p_pb2.BrandDetails, context: Context) -> a2p_pb2.Brand:
        """Submit the organisation's brand to the US carriers."""
        return _brand(await self._brand.submit(identity.current(), _given(request)))

    async def ResubmitBrand(self, request: a2p_pb2.BrandDetails, context: Context) -> a2p_pb2.Brand:
        """Submit a rejected brand again, with corrected details."""
        return _brand(await self._brand.resubmit(identity.current(), _given(request)))

    async def GetA2pCampaignDraft(
        self, request: a2p_pb2.GetA2pCampaignDraftRequest, context: Context
    ) -> a2p_pb2.A2pCampaignDraft:
        """Return the draft of the A2P campaign, with the fields that are still missing."""
        return _campaign_draft(await self._draft(CAMPAIGN_FORM))

    async def SaveA2pCampaignDraft(
        self, request: a2p_pb2.SaveA2pCampaignDraftRequest, context: Context
    ) -> a2p_pb2.A2pCampaignDraft:
        """Merge the given fields into the draft of the A2P campaign."""
        return _campaign_draft(await self._save(CAMPAIGN_FORM, request))

    async def CreateA2pCampaign(
        self, request: a2p_pb2.CreateA2pCampaignRequest, context: Context
    ) -> a2p_pb2.A2pCampaign:
        """Submit an A2P campaign to the US carriers."""
        given = _given(request)
        brand_sid = given.pop("brand_sid")
        return _campaign(await self._campaign.submit(identity.current(), brand_sid, given))

    async def ResubmitA2pCampaign(
        self, request: a2p_pb2.ResubmitA2pCampaignRequest, context: Context
    ) -> a2p_pb2.A2pCampaign:
        """Submit a rejected A2P campaign again, with corrected details."""
        submitter, given = identity.current(), _given(request)
        campaign_sid = given.pop("campaign_sid")
        return _campaign(await self._campaign.resubmit(submitter, campaign_sid, given))

    async def LinkA2pCampaign(
        self, request: a2p_pb2.LinkA2pCampaignRequest, context: Context
    ) -> a2p_pb2.A2pCampaign:
        """Link an A2P campaign to the messaging service that sends under it."""
        org_id = identity.current().require_org()
        service_sid = request.messaging_service_sid
        return _campaign(await self._link.link(org_id, request.campaign_sid, service_sid))

    async def GetRegistrationStatus(
        self, request: a2p_pb2.GetRegistrationStatusRequest, context: Context
    ) -> a2p_pb2.RegistrationStatus:
        """Return the brand and the A2P campaigns with their statuses."""
        org_id: UUID = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            brand = await a2p_brands.find(connection, org_id)
            campaigns = await a2p_campaigns.of_org(connection, org_id)
            registered = is_test(org_id) or await a2p_campaigns.is_approved(connection, org_id)
        whole = bool(identity.current().roles & ORG_ADMIN_ROLES)
        return a2p_pb2.RegistrationStatus(
            brand=_brand(brand, whole) if brand else None,
            campaigns=[_campaign(campaign, whole) for campaign in campaigns],
            registered=registered,
            brand_fee_cents=self._fees.cents_for("brand"),
            campaign_fee_cents=self._fees.cents_for("campaign"),
        )

    async def _save(self, form: Form, request: _SaveDraftRequest) -> Draft:
        org_id, given = identity.current().require_org(), _given(request)
        given.pop("if_version", None)
        if_version = request.if_version if request.HasField("if_version") else None
        return await self._save_draft.save(org_id, form, given, if_version)

    async def _draft(self, form: Form) -> Draft | None:
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            return await a2p_drafts.find(connection, org_id, form.kind)


def _given(request: Message) -> dict[str, Any]:
    given: dict[str, Any] = MessageToDict(request, preserving_proto_field_name=True)
    return given


def _brand_draft(draft: Draft | None) -> a2p_pb2.BrandDraft:
    details = draft.payload if draft else {}
    answer = a2p_pb2.BrandDraft(missing=BRAND_FORM.missing(details))
    ParseDict(dict(details), answer.details)
    return fill(answer, _of_draft(draft))


def _of_draft(draft: Draft | None) -> dict[str, Any]:
    return {
        "updated_at": draft.updated_at if draft else None,
        "version": draft.version if draft else 0,
    }


def _campaign_draft(draft: Draft | None) -> a2p_pb2.A2pCampaignDraft:
    details = draft.payload if draft else {}
    answer = a2p_pb2.A2pCampaignDraft(missing=CAMPAIGN_FORM.missing(details))
    ParseDict(dict(details), answer.details)
    return fill(answer, _of_draft(draft))


def _brand(brand: Brand, whole: bool = True) -> a2p_pb2.Brand:
    """Convert a brand to protobuf. ``whole``: with the submitted details, which are private."""
    reasons = _reasons(brand.status, brand.rejection_reasons)
    answer = fill(a2p_pb2.Brand(reasons=reasons), brand)
    if whole:
        ParseDict(complete_brand(brand.payload), answer.details)
    return answer


def _campaign(campaign: A2pCampaign, whole: bool = True) -> a2p_pb2.A2pCampaign:
    reasons = _reasons(campaign.status, campaign.rejection_reasons)
    answer = fill(a2p_pb2.A2pCampaign(reasons=reasons), campaign)
    if whole:
        ParseDict(complete_campaign(campaign.payload, campaign.legal_name), answer.details)
    return answer


def _reasons(status: str, reasons: Sequence[Reason]) -> list[a2p_pb2.RejectionReason]:
    if status not in _REJECTED:
        return []
    return [
        a2p_pb2.RejectionReason(
            code=rejection.code,
            message=rejection.message,
            advice=rejection.advice,
            fields=rejection.fields,
            can_resubmit=rejection.can_resubmit,
        )
        for rejection in explain_all(reasons)
    ]
