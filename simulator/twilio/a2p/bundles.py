"""Customer profiles and trust products (bundles): what is assigned to them, and their review."""

from typing import Any

from simulator.clock import iso8601, new_sid, now_ms
from simulator.edge import Call, Reply, json_reply
from simulator.twilio.a2p.evaluation import evaluate
from simulator.twilio.a2p.models import POLICIES, PRIMARY_POLICY, Bundle
from simulator.twilio.a2p.reviews import Reviews
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import TwilioAccount
from simulator.twilio.numbers import is_web_url
from simulator.twilio.paging import Page, reply_v1
from simulator.twilio.state import Twilio

LINKS = {
    "CustomerProfiles": "customer_profiles",
    "TrustProducts": "trust_products",
}
PARENT = {"CustomerProfiles": "customer_profile_sid", "TrustProducts": "trust_product_sid"}
OPEN = ("draft", "twilio-rejected", "twilio-approved")


def view(bundle: Bundle, call: Call) -> dict[str, Any]:
    """Return a bundle as the API shows it."""
    url, prefix = _url(bundle, call), LINKS[bundle.collection]
    return {
        "sid": bundle.sid,
        "account_sid": bundle.account_sid,
        "policy_sid": bundle.policy_sid,
        "friendly_name": bundle.friendly_name,
        "status": bundle.status,
        "valid_until": None,
        "email": bundle.email,
        "status_callback": bundle.status_callback,
        "errors": bundle.errors,
        "date_created": iso8601(bundle.created_ms),
        "date_updated": iso8601(bundle.updated_ms),
        "url": url,
        "links": {
            f"{prefix}_entity_assignments": f"{url}/EntityAssignments",
            f"{prefix}_evaluations": f"{url}/Evaluations",
            f"{prefix}_channel_endpoint_assignment": f"{url}/ChannelEndpointAssignments",
        },
    }


def create(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Create a customer profile or a trust product, as a draft.

    Raises:
        TwilioError: 20001 if a parameter is missing or the policy is unknown, or for the primary
            policy (only Twilio's console makes primary profiles); 21402 for a bad callback address.
    """
    name, email = call.form.get("FriendlyName"), call.form.get("Email")
    policy, callback = call.form.get("PolicySid"), call.form.get("StatusCallback")
    if not name or not email or policy not in POLICIES or policy == PRIMARY_POLICY:
        raise TwilioError(20001)
    if callback and not is_web_url(callback):
        raise TwilioError(21402, callback)
    at = now_ms()
    bundle = Bundle(new_sid("BU"), account.sid, _collection(call), name, email, policy, at, at)
    bundle.status_callback = callback or None
    twilio.a2p.bundles.put(call.writes, bundle.sid, bundle)
    return json_reply(view(bundle, call), 201)


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return an account's bundles. The request can filter by status, name and policy."""
    wanted = {
        "status": call.query.optional("Status"),
        "friendly_name": call.query.optional("FriendlyName"),
        "policy_sid": call.query.optional("PolicySid"),
        "account_sid": account.sid,
        "collection": _collection(call),
    }
    found = [
        bundle
        for bundle in twilio.a2p.bundles
        if all(value in (None, getattr(bundle, name)) for name, value in wanted.items())
    ]
    return reply_v1(call, "results", Page.cut(call, found), lambda bundle: view(bundle, call))


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account's bundle whose SID is in the path."""
    return json_reply(view(_bundle(twilio, account, call), call))


def assign(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Assign an end user, a document or another bundle to the bundle.

    Raises:
        TwilioError: 20001 if the account does not have the object; 20409 if it is already assigned.
    """
    bundle, object_sid = _bundle(twilio, account, call), call.form.get("ObjectSid")
    if not _may_assign(twilio, account, object_sid):
        raise TwilioError(20001)
    if any(each["object_sid"] == object_sid for each in bundle.assignments):
        raise TwilioError(20409)
    made = {"sid": new_sid("BV"), "object_sid": object_sid, "created_ms": now_ms()}
    bundle.assignments.append(made)
    twilio.a2p.bundles.put(call.writes, bundle.sid, bundle)
    return json_reply(_assignment_view(bundle, made, call), 201)


def list_assignments(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the objects that are assigned to the bundle.

    The request can name the SID of one assigned object (an end user, a document or another
    bundle).
    """
    bundle, object_sid = _bundle(twilio, account, call), call.query.optional("ObjectSid")
    found = [each for each in bundle.assignments if object_sid in (None, each["object_sid"])]
    page = Page.cut(call, found)
    return reply_v1(call, "results", page, lambda each: _assignment_view(bundle, each, call))


def evaluation(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Check whether the bundle has everything that its policy requires, and store the result."""
    bundle = _bundle(twilio, account, call)
    if call.form.get("PolicySid") != bundle.policy_sid:
        raise TwilioError(20001)
    results = evaluate(twilio.a2p, bundle)
    passed = all(result["passed"] for result in results)
    sid = new_sid("EL")
    made = {
        "sid": sid,
        "account_sid": account.sid,
        "policy_sid": bundle.policy_sid,
        PARENT[bundle.collection]: bundle.sid,
        "status": "compliant" if passed else "noncompliant",
        "results": results,
        "date_created": iso8601(now_ms()),
        "url": f"{_url(bundle, call)}/Evaluations/{sid}",
    }
    bundle.evaluations.append(made)
    twilio.a2p.bundles.put(call.writes, bundle.sid, bundle)
    return json_reply(made, 201)


class BundleUpdates:
    """Renames and submits bundles. A submitted bundle is reviewed.

    Args:
        reviews: Reviews the bundles.
    """

    def __init__(self, reviews: Reviews) -> None:
        self._reviews = reviews

    def update(self, twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
        """Rename a bundle, or submit it (status `pending-review`).

        Raises:
            TwilioError: 20001 for another status; 22214 if the bundle lacks a part that its policy
                requires.
        """
        bundle, status = _bundle(twilio, account, call), call.form.optional("Status")
        if status not in (None, "draft", "pending-review"):
            raise TwilioError(20001)
        submitted = status == "pending-review" and bundle.status in OPEN
        if submitted and not all(result["passed"] for result in evaluate(twilio.a2p, bundle)):
            raise TwilioError(22214)
        bundle.friendly_name = call.form.get("FriendlyName") or bundle.friendly_name
        bundle.updated_ms = now_ms()
        if submitted:
            bundle.status, bundle.errors = "pending-review", []
            call.after_commit.append(lambda: self._reviews.begin_bundle(bundle))
        twilio.a2p.bundles.put(call.writes, bundle.sid, bundle)
        return json_reply(view(bundle, call))


def _may_assign(twilio: Twilio, account: TwilioAccount, sid: str) -> bool:
    """Tell whether the object belongs to the account.

    A bundle may also belong to the parent account.
    """
    entity, bundle = twilio.a2p.entities.get(sid), twilio.a2p.bundles.get(sid)
    if bundle is not None:
        return bundle.account_sid in (account.sid, account.owner_sid)
    return entity is not None and entity.account_sid == account.sid


def _assignment_view(bundle: Bundle, assignment: dict[str, Any], call: Call) -> dict[str, Any]:
    return {
        "sid": assignment["sid"],
        PARENT[bundle.collection]: bundle.sid,
        "account_sid": bundle.account_sid,
        "object_sid": assignment["object_sid"],
        "date_created": iso8601(assignment["created_ms"]),
        "url": f"{_url(bundle, call)}/EntityAssignments/{assignment['sid']}",
    }


def _collection(call: Call) -> str:
    return call.path.split("/")[2]


def _url(bundle: Bundle, call: Call) -> str:
    return f"{call.base_url}/{call.host}/v1/{bundle.collection}/{bundle.sid}"


def _bundle(twilio: Twilio, account: TwilioAccount, call: Call) -> Bundle:
    bundle = twilio.a2p.bundles.get(call.match["bundle_sid"])
    owned = bundle is not None and bundle.account_sid == account.sid
    if bundle is None or not owned or bundle.collection != _collection(call):
        raise TwilioError(20404, call.path)
    return bundle
