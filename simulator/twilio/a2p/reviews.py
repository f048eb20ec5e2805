"""Review submitted profiles, brands and campaigns after a while, and report the outcome."""

import asyncio
from collections.abc import Callable
from typing import Any

from simulator.clock import new_sid, now_ms
from simulator.edge import FORM_TYPE
from simulator.forms import encode_form
from simulator.outbound import Delivery, Outbound
from simulator.store import Write
from simulator.twilio.a2p import magic
from simulator.twilio.a2p.event_streams import Emitter
from simulator.twilio.a2p.magic import Fate
from simulator.twilio.a2p.models import Brand, Bundle, Campaign
from simulator.twilio.signature import sign
from simulator.twilio.state import Twilio

BRAND_EVENT = "com.twilio.messaging.compliance.brand-registration."
CAMPAIGN_EVENT = "com.twilio.messaging.compliance.campaign-registration."
NUMBER_EVENT = "com.twilio.messaging.compliance.number-registration."
# Twilio's codes for a business whose details differ from the official records.
UNVERIFIABLE = range(30795, 30800)
SCORE = 75
BRAND_OPEN = ("PENDING", "IN_REVIEW")
CAMPAIGN_OPEN = ("PENDING", "IN_PROGRESS")


class Reviews:
    """Approves or rejects submitted registrations, after `review_delay_ms` or manually.

    Args:
        twilio: Contains the registrations.
        emitter: Sends the events about the outcomes.
        outbound: Posts the status callbacks of profiles.
    """

    def __init__(self, twilio: Twilio, emitter: Emitter, outbound: Outbound) -> None:
        self._twilio = twilio
        self._emitter = emitter
        self._outbound = outbound

    def resume(self) -> None:
        """Continue the reviews that a restart interrupted."""
        a2p = self._twilio.a2p
        for bundle in a2p.bundles:
            if bundle.status in ("pending-review", "in-review"):
                self.begin_bundle(bundle)
        for brand in a2p.brands:
            if brand.status in BRAND_OPEN:
                self.begin_brand(brand)
        for campaign in a2p.campaigns:
            if campaign.status in CAMPAIGN_OPEN:
                self.begin_campaign(campaign)

    def begin_bundle(self, bundle: Bundle) -> None:
        """Begin the review of a profile or product that was submitted."""
        told = self._attributes(bundle)
        rejected = magic.brand_fate(told) == magic.PROFILE_REJECTED
        self._later(lambda: self.decide_bundle(bundle, magic.PROFILE_REJECTED if rejected else 0))

    def decide_bundle(self, bundle: Bundle, code: int) -> None:
        """Approve a profile or product, or reject it with `code`."""
        if bundle.sid not in self._twilio.a2p.bundles:  # the bundle was deleted meanwhile
            return
        bundle.status = "twilio-rejected" if code else "twilio-approved"
        bundle.errors = [{"code": code}] if code else []
        self._keep(bundle.sid, bundle)
        if bundle.status_callback:
            self._outbound.submit(self._status_callback(bundle, bundle.status_callback))

    def begin_brand(self, brand: Brand) -> None:
        """Begin the review of a brand that was registered."""
        self._later(lambda: self._review_brand(brand))

    def _review_brand(self, brand: Brand) -> None:
        if brand.status not in BRAND_OPEN or brand.sid not in self._twilio.a2p.brands:
            return
        fate = magic.brand_fate(self._twilio.a2p.attributes_of(brand))
        brand.status = "IN_REVIEW"
        self._keep(brand.sid, brand)
        self._tell_brand(brand, "brand-registered", brandstatus="registered")
        if fate != "stays":
            self._later(lambda: self._settle_brand(brand, fate))

    def _settle_brand(self, brand: Brand, fate: Fate) -> None:
        if brand.status in BRAND_OPEN:  # nobody has decided it by hand meanwhile
            self.decide_brand(brand, fate)

    def decide_brand(self, brand: Brand, fate: Fate) -> None:
        """Approve a brand, reject it with a code, or suspend it."""
        if brand.sid not in self._twilio.a2p.brands:
            return
        if isinstance(fate, int):
            self._reject_brand(brand, fate)
            return
        brand.status, brand.errors = "APPROVED", []
        brand.tcr_id = brand.tcr_id or f"B{brand.sid[-6:].upper()}"
        brand.identity_status = "VERIFIED"
        if not brand.skip_vetting:
            brand.identity_status, brand.brand_score = "VETTED_VERIFIED", SCORE
        if fate == "suspended":
            brand.status = "SUSPENDED"
        self._keep(brand.sid, brand)
        self._tell_brand(brand, "brand-verified", identitystatus="verified", brandfeedback="")
        if brand.brand_score is not None:
            self._tell_brand(
                brand,
                "brand-vetted-verified",
                identitystatus="vetted_verified",
                brandvettingoutcome="success",
                vettingscore=brand.brand_score,
                brandscore=brand.brand_score,
            )

    def begin_campaign(self, campaign: Campaign) -> None:
        """Begin the review of a campaign that was registered."""
        self._later(lambda: self._review_campaign(campaign))

    def _review_campaign(self, campaign: Campaign) -> None:
        if campaign.status not in CAMPAIGN_OPEN or campaign.sid not in self._twilio.a2p.campaigns:
            return
        fate = magic.campaign_fate(campaign)
        campaign.status = "IN_PROGRESS"
        self._keep(campaign.sid, campaign)
        self._tell_campaign(campaign, "campaign-submitted", "pending")
        if fate != "stays":
            self._later(lambda: self._settle_campaign(campaign, fate))

    def _settle_campaign(self, campaign: Campaign, fate: Fate) -> None:
        if campaign.status in CAMPAIGN_OPEN:
            self.decide_campaign(campaign, fate)

    def decide_campaign(self, campaign: Campaign, fate: Fate) -> None:
        """Verify a campaign, reject it with a code, or suspend it."""
        if campaign.sid not in self._twilio.a2p.campaigns:
            return
        if isinstance(fate, int):
            campaign.status, campaign.errors = "FAILED", [_error(fate, ["DESCRIPTION"])]
            self._keep(campaign.sid, campaign)
            self._tell_campaign(campaign, "campaign-failure", "failure", errorcode=fate)
            return
        campaign.status = "SUSPENDED" if fate == "suspended" else "VERIFIED"
        campaign.errors = []
        campaign.campaign_id = campaign.campaign_id or f"C{campaign.event_sid[-6:].upper()}"
        self._keep(campaign.sid, campaign)
        self._tell_campaign(campaign, "campaign-approved", "approved")
        self.register_numbers(campaign)

    def register_numbers(self, campaign: Campaign) -> None:
        """Send events that the phone numbers of a campaign's service are registered."""
        service = self._twilio.services.get(campaign.service_sid)
        for sid in service.pool if service else ():
            number = self._twilio.numbers.get(sid)
            if number is None or number.kind == "toll-free":
                continue
            for event, status in (
                ("pending", "pending_registration"),
                ("successful", "registered"),
            ):
                data = {
                    "campaignsid": campaign.event_sid,
                    "messagingservicesid": campaign.service_sid,
                    "phonenumbersid": number.sid,
                    "phonenumber": number.phone_number.lstrip("+"),
                    "externalstatus": status,
                }
                self._emitter.emit(campaign.account_sid, NUMBER_EVENT + event, data)

    def _reject_brand(self, brand: Brand, code: int) -> None:
        fields = ["business_registration_number"] if code in UNVERIFIABLE else []
        brand.status, brand.identity_status = "FAILED", "UNVERIFIED"
        brand.errors = [_error(code, fields)]
        self._keep(brand.sid, brand)
        errors = [
            {
                "registrationerrorcode": str(code),
                "registrationerrordescription": brand.errors[0]["description"],
                "registrationerrorurl": brand.errors[0]["url"],
                "registrationerrorfields": fields,
            }
        ]
        if code in UNVERIFIABLE:
            data: dict[str, Any] = {"identitystatus": "unverified"}
            self._tell_brand(brand, "brand-unverified", brandregistrationerrors=errors, **data)
        else:
            data = {"brandstatus": "registration_failed"}
            self._tell_brand(brand, "brand-failure", brandregistrationerrors=errors, **data)

    def _tell_brand(self, brand: Brand, name: str, **data: Any) -> None:
        named = {"brandsid": brand.sid, "externalbrandid": brand.tcr_id, "updateddate": now_ms()}
        self._emitter.emit(brand.account_sid, BRAND_EVENT + name, {**named, **data})

    def _tell_campaign(self, campaign: Campaign, name: str, status: str, **data: Any) -> None:
        named = {
            "brandsid": campaign.brand_sid,
            "campaignsid": campaign.event_sid,
            "messagingservicesid": campaign.service_sid,
            "a2pusecase": campaign.fields["us_app_to_person_usecase"],
            "campaignregistrationstatus": status,
            "externalcampaignid": campaign.campaign_id,
            "updateddate": now_ms(),
        }
        self._emitter.emit(campaign.account_sid, CAMPAIGN_EVENT + name, {**named, **data})

    def _status_callback(self, bundle: Bundle, url: str) -> Delivery:
        params = {
            "AccountSid": bundle.account_sid,
            "BundleSid": bundle.sid,
            "Status": bundle.status,
            "FailureReason": str(bundle.errors[0]["code"]) if bundle.errors else "",
        }
        token = self._twilio.account(bundle.account_sid).auth_token
        signature = sign(token, url, params.items())
        headers = {"Content-Type": FORM_TYPE, "X-Twilio-Signature": signature}
        return Delivery("twilio", bundle.sid, url, encode_form(params).encode(), headers)

    def _attributes(self, bundle: Bundle) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for entity in self._twilio.a2p.entities_of(bundle):
            told.update(entity.attributes)
        return told

    def _keep(self, sid: str, thing: Bundle | Brand | Campaign) -> None:
        writes: list[Write] = []
        thing.updated_ms = now_ms()
        a2p = self._twilio.a2p
        if isinstance(thing, Bundle):
            a2p.bundles.put(writes, sid, thing)
        elif isinstance(thing, Brand):
            a2p.brands.put(writes, sid, thing)
        else:
            a2p.campaigns.put(writes, sid, thing)
        self._twilio.store.enqueue(writes)

    def _later(self, step: Callable[[], None]) -> None:
        behaviour = self._twilio.behaviour
        if behaviour.review_by_hand:
            return
        low, high = behaviour.review_delay_ms
        delay_s = (low + new_sid("").encode()[0] % 16 / 15 * (high - low)) / 1000
        asyncio.get_running_loop().call_later(delay_s, step)


def _error(code: int, fields: list[str]) -> dict[str, Any]:
    return {
        "error_code": code,
        "description": f"The registration was rejected with the code {code}.",
        "fields": fields,
        "url": f"https://www.twilio.com/docs/errors/{code}",
    }
