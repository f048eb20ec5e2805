"""Trust Hub: profiles and trust products, their end users and documents, and their evaluation."""

from typing import Any

import aiohttp
import pytest

from simulator.tests.conftest import LiveSimulator, Receiver, eventually
from simulator.tests.twilio_client import call, client, refusal, tenant
from simulator.tests.twilio_registrant import (
    A2P,
    BUSINESS,
    PERSON,
    PRIMARY,
    SECONDARY,
    Registration,
)

ADDRESS = {
    "customer_name": "Acme LLC",
    "street": "1 Main Street",
    "city": "Reno",
    "region": "NV",
    "postal_code": "89501",
    "iso_country": "US",
}


@pytest.fixture
async def registration(sim: LiveSimulator) -> Registration:
    await sim.post("/sim/behaviour", {"review_delay_ms": [5, 20]})
    return Registration(await tenant(sim), sim)


def draft(hub: Any, policy: str = SECONDARY, **more: Any) -> Any:
    """Return a bundle (customer profile or trust product) that is not submitted yet."""
    kind = hub.trust_products if policy == A2P else hub.customer_profiles
    return kind.create(friendly_name="Acme", email="x@example.com", policy_sid=policy, **more)


def results(evaluation: Any) -> dict[str, int | None]:
    """Return the error code of each requirement, or None if the requirement is met."""
    return {result["object_type"]: result["error_code"] for result in evaluation.results}


async def test_a_new_profile_is_a_draft(registration: Registration) -> None:
    profile = await call(lambda: draft(registration.client.trusthub.v1))
    assert profile.sid.startswith("BU")
    assert (profile.status, profile.policy_sid) == ("draft", SECONDARY)
    assert (profile.email, profile.friendly_name) == ("x@example.com", "Acme")
    assert (profile.valid_until, profile.status_callback) == (None, None)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"friendly_name": ""}, 20001),
        ({"email": ""}, 20001),
        ({"policy_sid": "RN" + "0" * 32}, 20001),
        ({"policy_sid": PRIMARY}, 20001),
        ({"status_callback": "nowhere"}, 21402),
    ],
)
async def test_a_profile_needs_a_name_an_email_address_and_an_allowed_policy(
    registration: Registration, change: dict[str, str], code: int
) -> None:
    asked = {"friendly_name": "Acme", "email": "x@example.com", "policy_sid": SECONDARY, **change}
    profiles = registration.client.trusthub.v1.customer_profiles
    assert await refusal(lambda: profiles.create(**asked)) == (400, code)


async def test_profiles_and_products_are_listed_separately_and_can_be_filtered(
    registration: Registration,
) -> None:
    hub = registration.client.trusthub.v1
    profile, product = await call(lambda: [draft(hub), draft(hub, A2P)])

    async def listed(kind: Any, **wanted: str) -> list[str]:
        return [bundle.sid for bundle in await call(lambda: kind.list(**wanted))]

    assert await listed(hub.customer_profiles) == [profile.sid]
    assert await listed(hub.trust_products) == [product.sid]
    assert await listed(hub.customer_profiles, friendly_name="Acme") == [profile.sid]
    assert await listed(hub.customer_profiles, friendly_name="Other") == []
    assert await listed(hub.customer_profiles, policy_sid=A2P) == []
    assert await listed(hub.customer_profiles, status="twilio-approved") == []
    assert await refusal(hub.trust_products(profile.sid).fetch) == (404, 20404)


async def test_the_master_account_has_an_approved_primary_profile(sim: LiveSimulator) -> None:
    profiles = client(sim.url).trusthub.v1.customer_profiles
    [primary] = await call(lambda: profiles.list(policy_sid=PRIMARY))
    assert primary.status == "twilio-approved"


async def test_submitting_an_incomplete_profile_does_not_change_it(
    registration: Registration,
) -> None:
    hub = registration.client.trusthub.v1
    made = await call(lambda: draft(hub))
    profile = hub.customer_profiles(made.sid)
    change = {"status": "pending-review", "friendly_name": "New"}
    assert await refusal(lambda: profile.update(**change)) == (400, 22214)
    assert await refusal(lambda: profile.update(status="twilio-approved")) == (400, 20001)
    kept = await call(profile.fetch)
    assert (kept.status, kept.friendly_name) == ("draft", "Acme")
    assert (await call(lambda: profile.update(friendly_name="New"))).friendly_name == "New"


async def test_a_complete_profile_and_a_complete_product_are_compliant_and_approved(
    registration: Registration,
) -> None:
    def submit() -> tuple[str, str]:
        profile_sid = registration.profile()
        return profile_sid, registration.product(profile_sid)

    profile_sid, product_sid = await call(submit)
    hub = registration.client.trusthub.v1
    profile, product = hub.customer_profiles(profile_sid), hub.trust_products(product_sid)
    made = await call(lambda: profile.customer_profiles_evaluations.create(policy_sid=SECONDARY))
    assert made.sid.startswith("EL")
    assert (made.status, set(results(made).values())) == ("compliant", {None})
    product_made = await call(lambda: product.trust_products_evaluations.create(policy_sid=A2P))
    assert product_made.status == "compliant"

    async def approved() -> bool:
        shown = [await call(profile.fetch), await call(product.fetch)]
        return [bundle.status for bundle in shown] == ["twilio-approved"] * 2

    await eventually(approved)


async def test_the_approval_of_a_profile_causes_a_request_to_its_status_callback(
    registration: Registration, receiver: Receiver
) -> None:
    sid = await call(lambda: registration.profile(callback=receiver.url("/profile")))

    async def told() -> Any:
        return receiver.at("/profile")

    [webhook] = await eventually(told)
    assert webhook.form == {
        "AccountSid": registration.acme.sid,
        "BundleSid": sid,
        "Status": "twilio-approved",
        "FailureReason": "",
    }


async def test_a_bundle_is_evaluated_only_against_its_own_policy(
    registration: Registration,
) -> None:
    hub = registration.client.trusthub.v1
    made = await call(lambda: draft(hub))
    evaluations = hub.customer_profiles(made.sid).customer_profiles_evaluations
    assert await refusal(lambda: evaluations.create(policy_sid=A2P)) == (400, 20001)


@pytest.mark.parametrize("company", ["private", "public", "non-profit"])
async def test_a_public_company_must_give_its_stock_exchange(
    registration: Registration, company: str
) -> None:
    hub = registration.client.trusthub.v1

    def evaluate() -> Any:
        sid = draft(hub, A2P).sid
        kind = "us_a2p_messaging_profile_information"
        user = hub.end_users.create("x", kind, attributes={"company_type": company})
        hub.trust_products(sid).trust_products_entity_assignments.create(object_sid=user.sid)
        return hub.trust_products(sid).trust_products_evaluations.create(policy_sid=A2P)

    made = await call(evaluate)
    by_kind = {result["object_type"]: result for result in made.results}
    checked = by_kind["us_a2p_messaging_profile_information"]
    missing = [field["object_field"] for field in checked["invalid"]]
    assert missing == (["stock_exchange", "stock_ticker"] if company == "public" else [])
    assert checked["error_code"] == (22215 if company == "public" else None)
    assert by_kind["customer_profile"]["error_code"] == 22214


@pytest.mark.parametrize("field", sorted(PERSON))
async def test_each_field_of_the_authorised_representative_is_required(
    registration: Registration, field: str
) -> None:
    hub = registration.client.trusthub.v1

    def evaluate() -> Any:
        given = {name: value for name, value in PERSON.items() if name != field}
        user = hub.end_users.create("x", "authorized_representative_1", attributes=given)
        profile = hub.customer_profiles(draft(hub).sid)
        profile.customer_profiles_entity_assignments.create(object_sid=user.sid)
        return profile.customer_profiles_evaluations.create(policy_sid=SECONDARY)

    by_kind = {result["object_type"]: result for result in (await call(evaluate)).results}
    checked = by_kind["authorized_representative_1"]
    assert [each["object_field"] for each in checked["invalid"]] == [field]
    assert field in checked["failure_reason"]
    assert checked["passed"] is False


async def test_an_account_can_assign_only_its_own_objects_and_each_only_once(
    registration: Registration,
) -> None:
    hub = registration.client.trusthub.v1
    other = (await tenant(registration.sim)).client.trusthub.v1
    kind = "customer_profile_business_information"

    def make() -> tuple[str, str, str]:
        foreign = other.end_users.create("x", kind, attributes=BUSINESS)
        own = hub.end_users.create("x", kind, attributes=BUSINESS)
        return draft(hub).sid, own.sid, foreign.sid

    sid, own_sid, foreign_sid = await call(make)
    parts = hub.customer_profiles(sid).customer_profiles_entity_assignments
    made = await call(lambda: parts.create(object_sid=own_sid))
    assert (made.sid[:2], made.object_sid, made.customer_profile_sid) == ("BV", own_sid, sid)
    assert await refusal(lambda: parts.create(object_sid=own_sid)) == (409, 20409)
    assert await refusal(lambda: parts.create(object_sid=foreign_sid)) == (400, 20001)
    assert [part.sid for part in await call(parts.list)] == [made.sid]
    assert await refusal(other.customer_profiles(sid).fetch) == (404, 20404)


async def test_an_end_user_is_read_changed_and_deleted(registration: Registration) -> None:
    users = registration.client.trusthub.v1.end_users
    kind = "authorized_representative_2"
    made = await call(lambda: users.create("Ada", kind, attributes=PERSON))
    assert (made.sid[:2], made.type, made.attributes) == ("IT", kind, PERSON)
    changed = await call(lambda: users(made.sid).update(attributes={"first_name": "Eve"}))
    assert (changed.attributes, changed.friendly_name) == ({"first_name": "Eve"}, "Ada")
    renamed = await call(lambda: users(made.sid).update(friendly_name="Eve"))
    assert (renamed.attributes, renamed.friendly_name) == ({"first_name": "Eve"}, "Eve")
    assert await call(users(made.sid).delete)
    assert await refusal(users(made.sid).fetch) == (404, 20404)
    assert await call(users.list) == []


async def test_an_end_user_of_an_unknown_kind_is_refused(registration: Registration) -> None:
    hub = registration.client.trusthub.v1
    for kind in ("somebody", "customer_profile_address"):
        assert await refusal(lambda: hub.end_users.create("x", kind)) == (400, 20001)  # noqa: B023
    assert await refusal(lambda: hub.supporting_documents.create("x", "passport")) == (400, 20001)


async def test_a_new_document_is_a_draft_and_is_not_listed_with_the_end_users(
    registration: Registration,
) -> None:
    hub = registration.client.trusthub.v1
    attributes = {"address_sids": "AD1"}
    made = await call(
        lambda: hub.supporting_documents.create("x", "customer_profile_address", attributes)
    )
    assert (made.sid[:2], made.status, made.attributes) == ("RD", "DRAFT", attributes)
    assert [document.sid for document in await call(hub.supporting_documents.list)] == [made.sid]
    assert await call(hub.end_users.list) == []
    assert await refusal(hub.end_users(made.sid).fetch) == (404, 20404)


async def test_an_address_is_found_by_its_name_and_changed_except_for_its_country(
    registration: Registration,
) -> None:
    addresses = registration.client.addresses
    made = await call(lambda: addresses.create(friendly_name="Office", **ADDRESS))
    assert (made.sid[:2], made.street, made.iso_country) == ("AD", "1 Main Street", "US")
    assert [a.sid for a in await call(lambda: addresses.list(friendly_name="Office"))] == [made.sid]
    assert await call(lambda: addresses.list(friendly_name="Home")) == []
    await call(lambda: addresses(made.sid).update(street="2 Main Street"))
    credentials = aiohttp.encode_basic_auth(registration.acme.sid, registration.acme.token)
    async with registration.sim.http.post(
        f"/api.twilio.com{made.uri}",
        data={"IsoCountry": "CA", "City": "Sparks"},
        headers={"Authorization": credentials},
    ) as response:
        assert response.status == 200
    kept = await call(addresses(made.sid).fetch)
    assert (kept.street, kept.city, kept.iso_country) == ("2 Main Street", "Sparks", "US")


@pytest.mark.parametrize("part", sorted(ADDRESS))
async def test_each_part_of_an_address_is_required(registration: Registration, part: str) -> None:
    asked = {**ADDRESS, part: ""}
    assert await refusal(lambda: registration.client.addresses.create(**asked)) == (400, 20001)
