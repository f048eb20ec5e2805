"""Register brands, list them and submit rejected ones again."""

from typing import Any

from simulator.clock import iso8601, new_sid, now_ms
from simulator.edge import Call, Reply, json_reply
from simulator.twilio.a2p.models import A2P_POLICY, SECONDARY_POLICY, Brand
from simulator.twilio.a2p.reviews import Reviews
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import TwilioAccount
from simulator.twilio.paging import Page, reply_v1
from simulator.twilio.state import Twilio

BRAND_TYPES = ("STANDARD", "SOLE_PROPRIETOR")
SUBMITTED = ("pending-review", "in-review", "twilio-approved")
MAX_UPDATES = 3


def view(brand: Brand, call: Call) -> dict[str, Any]:
    """Return a brand as the API shows it."""
    url = f"{call.base_url}/{call.host}/v1/a2p/BrandRegistrations/{brand.sid}"
    codes = [str(error["error_code"]) for error in brand.errors]
    return {
        "sid": brand.sid,
        "account_sid": brand.account_sid,
        "customer_profile_bundle_sid": brand.profile_sid,
        "a2p_profile_bundle_sid": brand.trust_product_sid,
        "brand_type": brand.brand_type,
        "status": brand.status,
        "tcr_id": brand.tcr_id,
        "failure_reason": ", ".join(codes) or None,
        "errors": brand.errors,
        "brand_score": brand.brand_score,
        "brand_feedback": ["TAX_ID"] if brand.errors else [],
        "identity_status": brand.identity_status,
        "russell_3000": False,
        "government_entity": False,
        "tax_exempt_status": "",
        "skip_automatic_sec_vet": brand.skip_vetting,
        "mock": brand.mock,
        "date_created": iso8601(brand.created_ms),
        "date_updated": iso8601(brand.updated_ms),
        "url": url,
        "links": {
            "brand_vettings": f"{url}/Vettings",
            "brand_registration_otps": f"{url}/SmsOtp",
        },
    }


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return all brands of an account."""
    found = [brand for brand in twilio.a2p.brands if brand.account_sid == account.sid]
    return reply_v1(call, "data", Page.cut(call, found), lambda brand: view(brand, call))


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account's brand that the path names."""
    return json_reply(view(_brand(twilio, account, call), call))


class BrandRegistrations:
    """Registers brands, which begins their review.

    Args:
        reviews: Reviews the brands.
    """

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews

    def create(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """Register a brand with a submitted customer profile and a submitted trust product.

        Raises:
            TwilioError: 20001 if the profile or the product is missing or the type is unknown;
                21717 if one of them was not submitted or already belongs to a brand.
        """
        profile_sid = call.form.get("CustomerProfileBundleSid")
        product_sid = call.form.get("A2PProfileBundleSid")
        brand_type = call.form.get("BrandType", "STANDARD")
        if not profile_sid or not product_sid or brand_type not in BRAND_TYPES:
            raise TwilioError(20001)
        _require(twilio, account, profile_sid, SECONDARY_POLICY)
        _require(twilio, account, product_sid, A2P_POLICY)
        if any(brand.profile_sid == profile_sid for brand in twilio.a2p.brands):
            raise TwilioError(21717)
        at = now_ms()
        brand = Brand(
            sid=new_sid("BN"),
            account_sid=account.sid,
            profile_sid=profile_sid,
            trust_product_sid=product_sid,
            brand_type=brand_type,
            created_ms=at,
            updated_ms=at,
            mock=call.form.get("Mock").lower() == "true",
            skip_vetting=call.form.get("SkipAutomaticSecVet").lower() == "true",
        )
        twilio.a2p.brands.put(call.writes, brand.sid, brand)
        call.after_commit.append(lambda: self._reviews.begin_brand(brand))
        return json_reply(view(brand, call), 201)

    def update(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """Submit a rejected brand once more, with its current profile.

        Raises:
            TwilioError: 21725 if the brand is not rejected; 21724 if it was updated too often.
        """
        brand = _brand(twilio, account, call)
        if brand.status != "FAILED":
            raise TwilioError(21725)
        if brand.updates >= MAX_UPDATES:
            raise TwilioError(21724)
        brand.status, brand.errors, brand.updated_ms = "PENDING", [], now_ms()
        brand.updates += 1
        twilio.a2p.brands.put(call.writes, brand.sid, brand)
        call.after_commit.append(lambda: self._reviews.begin_brand(brand))
        return json_reply(view(brand, call), 202)


def _require(twilio: Twilio, account: TwilioAccount, sid: str, policy: str) -> None:
    bundle = twilio.a2p.bundles.get(sid)
    owned = bundle is not None and bundle.account_sid == account.sid
    if bundle is None or not owned or bundle.policy_sid != policy or bundle.status not in SUBMITTED:
        raise TwilioError(21717)


def _brand(twilio: Twilio, account: TwilioAccount, call: Call) -> Brand:
    brand = twilio.a2p.brands.get(call.match["sid"])
    if brand is None or brand.account_sid != account.sid:
        raise TwilioError(20404, call.path)
    return brand
