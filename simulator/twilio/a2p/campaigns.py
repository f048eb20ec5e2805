"""A2P campaigns: use cases that are registered for messaging services (Usa2p)."""

from typing import Any

from simulator.clock import iso8601, new_sid, now_ms
from simulator.edge import Call, Reply, json_reply
from simulator.forms import Form
from simulator.twilio.a2p.models import Campaign
from simulator.twilio.a2p.reviews import Reviews
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import Service, TwilioAccount
from simulator.twilio.paging import Page, reply_v1
from simulator.twilio.state import Twilio

REQUIRED = (
    *("BrandRegistrationSid", "Description", "MessageFlow", "MessageSamples"),
    *("UsAppToPersonUsecase", "HasEmbeddedLinks", "HasEmbeddedPhone"),
)
LENGTHS = {
    "Description": (40, 4096),
    "MessageFlow": (40, 2048),
    "MessageSamples": (20, 1024),
    **dict.fromkeys(("OptInMessage", "OptOutMessage", "HelpMessage"), (20, 320)),
}
SAMPLES = range(2, 6)
USE_CASES = (
    *("2FA", "ACCOUNT_NOTIFICATION", "AGENTS_FRANCHISES", "CHARITY", "PROXY", "CUSTOMER_CARE"),
    *("DELIVERY_NOTIFICATION", "EMERGENCY", "FRAUD_ALERT", "HIGHER_EDUCATION", "K12_EDUCATION"),
    *("LOW_VOLUME", "MARKETING", "MIXED", "POLITICAL", "POLLING_VOTING", "SOCIAL", "SWEEPSTAKE"),
    *("PUBLIC_SERVICE_ANNOUNCEMENT", "SECURITY_ALERT"),
)
AFTER_APPROVAL = (
    "AGENTS_FRANCHISES",
    "PROXY",
    "EMERGENCY",
    "K12_EDUCATION",
    "SOCIAL",
    "SWEEPSTAKE",
)
TEXTS = {
    "OptInMessage": "opt_in_message",
    "OptOutMessage": "opt_out_message",
    "HelpMessage": "help_message",
    "PrivacyPolicyUrl": "privacy_policy_url",
    "TermsAndConditionsUrl": "terms_and_conditions_url",
}
SWITCHES = {
    "HasEmbeddedLinks": "has_embedded_links",
    "HasEmbeddedPhone": "has_embedded_phone",
    "SubscriberOptIn": "subscriber_opt_in",
    "AgeGated": "age_gated",
    "DirectLending": "direct_lending",
}
STOP_WORDS = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"]


def view(campaign: Campaign, call: Call) -> dict[str, Any]:
    """Return a campaign as the API shows it."""
    base = f"{call.base_url}/{call.host}/v1/Services/{campaign.service_sid}"
    return {
        "sid": campaign.sid,
        "account_sid": campaign.account_sid,
        "brand_registration_sid": campaign.brand_sid,
        "messaging_service_sid": campaign.service_sid,
        **campaign.fields,
        "campaign_status": campaign.status,
        "campaign_id": campaign.campaign_id,
        "is_externally_registered": False,
        "rate_limits": {
            "att": {"mps": 600, "msg_class": "A"},
            "tmobile": {"brand_tier": "TOP"},
        },
        "errors": campaign.errors,
        "mock": False,
        "date_created": iso8601(campaign.created_ms),
        "date_updated": iso8601(campaign.updated_ms),
        "url": f"{base}/Compliance/Usa2p/{campaign.sid}",
    }


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the campaign of a messaging service, if it has one."""
    service = _service(twilio, account, call)
    found = [c for c in twilio.a2p.campaigns if c.service_sid == service.sid]
    return reply_v1(call, "compliance", Page.cut(call, found), lambda c: view(c, call))


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the campaign that the path names."""
    return json_reply(view(_campaign(twilio, account, call), call))


def delete(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Delete the campaign that the path names, so that its service's numbers are not registered."""
    twilio.a2p.campaigns.remove(call.writes, _campaign(twilio, account, call).sid)
    return Reply(204)


def use_cases(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the use cases that a brand may register."""
    _service(twilio, account, call)
    shown = [
        {
            "code": code,
            "name": code.replace("_", " ").capitalize(),
            "description": f"{code.replace('_', ' ').capitalize()} messages",
            "post_approval_required": code in AFTER_APPROVAL,
        }
        for code in USE_CASES
    ]
    return json_reply({"us_app_to_person_usecases": shown})


class CampaignRegistrations:
    """Registers campaigns and begins their review.

    Args:
        reviews: Reviews the campaigns.
    """

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews

    def create(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """Register a campaign for a messaging service.

        Raises:
            TwilioError: 21727 if a parameter is missing, 21728 if its length is wrong, 21717 if the
                brand is not approved, 21720 for an unknown use case, 20409 if the service already
                has a campaign.
        """
        service = _service(twilio, account, call)
        fields = _fields(call.form)
        brand = twilio.a2p.brands.get(call.form.get("BrandRegistrationSid"))
        if brand is None or brand.account_sid != account.sid or brand.status != "APPROVED":
            raise TwilioError(21717)
        if twilio.a2p.campaign_of(service.sid) is not None:
            raise TwilioError(20409)
        at = now_ms()
        campaign = Campaign(
            sid=new_sid("QE"),
            event_sid=new_sid("CM"),
            account_sid=account.sid,
            service_sid=service.sid,
            brand_sid=brand.sid,
            fields=fields,
            created_ms=at,
            updated_ms=at,
        )
        twilio.a2p.campaigns.put(call.writes, campaign.sid, campaign)
        call.after_commit.append(lambda: self._reviews.begin_campaign(campaign))
        return json_reply(view(campaign, call), 201)


def _fields(form: Form) -> dict[str, Any]:
    if not all(form.get(name) for name in REQUIRED):
        raise TwilioError(21727)
    samples = form.all("MessageSamples")
    for name, (low, high) in LENGTHS.items():
        if not all(low <= len(text) <= high for text in form.all(name)):
            raise TwilioError(21728)
    if len(samples) not in SAMPLES:
        raise TwilioError(21728)
    if form.get("UsAppToPersonUsecase") not in USE_CASES:
        raise TwilioError(21720)
    return {
        "description": form.get("Description"),
        "message_flow": form.get("MessageFlow"),
        "message_samples": samples,
        "us_app_to_person_usecase": form.get("UsAppToPersonUsecase"),
        **{name: form.optional(parameter) for parameter, name in TEXTS.items()},
        **{name: form.get(parameter).lower() == "true" for parameter, name in SWITCHES.items()},
        "opt_in_keywords": form.all("OptInKeywords") or ["START"],
        "opt_out_keywords": form.all("OptOutKeywords") or STOP_WORDS,
        "help_keywords": form.all("HelpKeywords") or ["HELP", "INFO"],
    }


def _service(twilio: Twilio, account: TwilioAccount, call: Call) -> Service:
    service = twilio.services.get(call.match["service_sid"])
    if service is None or service.account_sid != account.sid:
        raise TwilioError(20404, call.path)
    return service


def _campaign(twilio: Twilio, account: TwilioAccount, call: Call) -> Campaign:
    service = _service(twilio, account, call)
    campaign = twilio.a2p.campaigns.get(call.match["sid"])
    if campaign is None or campaign.service_sid != service.sid:
        raise TwilioError(20404, call.path)
    return campaign
