"""Register with the carriers through Twilio's SDK, in the order of Twilio's guide."""

import hashlib
import json
from typing import Any

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from simulator.tests.conftest import LiveSimulator, Receiver, Webhook, eventually
from simulator.tests.twilio_client import call, tenant
from simulator.tests.twilio_registrant import BUSINESS, DESCRIPTION, SECONDARY, Registration

KIND = "com.twilio.messaging.compliance."


@pytest.fixture
async def registration(sim: LiveSimulator) -> Registration:
    await sim.post("/sim/behaviour", {"review_delay_ms": [5, 20]})
    return Registration(await tenant(sim), sim)


def events(webhooks: list[Webhook]) -> list[dict[str, Any]]:
    return [event for webhook in webhooks for event in json.loads(webhook.body)]


async def test_a_brand_and_a_campaign_are_approved_and_events_report_it(
    registration: Registration, receiver: Receiver
) -> None:
    names = ("brand-registration.brand-verified", "campaign-registration.campaign-approved")

    def subscribe() -> None:
        own = registration.client.events.v1
        sink = own.sinks.create(
            description="x",
            sink_type="webhook",
            sink_configuration={"destination": receiver.url("/events"), "method": "POST"},
        )
        own.subscriptions.create(
            description="x",
            sink_sid=sink.sid,
            types=[{"type": KIND + name, "schema_version": 1} for name in names],
        )
        assert own.sinks(sink.sid).fetch().status == "active"

    await call(subscribe)
    brand_sid = await call(registration.brand)
    brand = await registration.brand_when(brand_sid, "APPROVED")
    assert (brand.identity_status, brand.brand_score) == ("VETTED_VERIFIED", 75)
    campaign_sid = await call(lambda: registration.campaign(brand_sid))
    await registration.campaign_when(campaign_sid, "VERIFIED")
    service = registration.client.messaging.v1.services(registration.acme.service_sid)
    assert (await call(service.fetch)).us_app_to_person_registered

    async def both() -> bool:
        return len(receiver.at("/events")) == 2

    await eventually(both)
    assert {event["type"] for event in events(receiver.at("/events"))} == {KIND + n for n in names}
    for webhook in receiver.at("/events"):
        assert f"bodySHA256={hashlib.sha256(webhook.body).hexdigest()}" in webhook.url
        validator = RequestValidator(registration.acme.token)
        signature = webhook.headers["X-Twilio-Signature"]
        assert validator.validate(webhook.url, webhook.body.decode(), signature)


async def test_the_ein_decides_the_reason_of_a_rejection_and_a_corrected_brand_is_approved(
    registration: Registration,
) -> None:
    brand_sid = await call(lambda: registration.brand("00-0030795"))
    failed = await registration.brand_when(brand_sid, "FAILED")
    assert [error["error_code"] for error in failed.errors] == [30795]

    def correct() -> None:
        hub = registration.client.trusthub.v1
        business = next(u for u in hub.end_users.list() if "business_name" in u.attributes)
        hub.end_users(business.sid).update(attributes=BUSINESS)
        registration.client.messaging.v1.brand_registrations(brand_sid).update()

    await call(correct)
    await registration.brand_when(brand_sid, "APPROVED")
    with pytest.raises(TwilioRestException) as refused:
        await call(registration.client.messaging.v1.brand_registrations(brand_sid).update)
    assert refused.value.code == 21725


async def test_a_rejected_business_profile_causes_a_request_to_its_status_callback(
    registration: Registration, receiver: Receiver
) -> None:
    sid = await call(lambda: registration.profile("00-0018601", receiver.url("/profile")))

    async def told() -> list[Webhook]:
        return receiver.at("/profile")

    [webhook] = await eventually(told)
    assert webhook.form["BundleSid"] == sid
    assert (webhook.form["Status"], webhook.form["FailureReason"]) == ("twilio-rejected", "18601")
    validator = RequestValidator(registration.acme.token)
    signature = webhook.headers["X-Twilio-Signature"]
    assert validator.validate(webhook.url, webhook.form, signature)


async def test_the_evaluation_of_a_profile_lists_what_is_missing(
    registration: Registration,
) -> None:
    def evaluate() -> Any:
        hub = registration.client.trusthub.v1
        profile = hub.customer_profiles.create("Acme", "x@example.com", SECONDARY)
        user = hub.end_users.create(
            friendly_name="Acme",
            type="customer_profile_business_information",
            attributes={**BUSINESS, "website_url": ""},
        )
        bundle = hub.customer_profiles(profile.sid)
        bundle.customer_profiles_entity_assignments.create(object_sid=user.sid)
        return bundle.customer_profiles_evaluations.create(policy_sid=SECONDARY)

    made = await call(evaluate)
    assert made.status == "noncompliant"
    failures = {r["object_type"]: r["error_code"] for r in made.results if not r["passed"]}
    assert failures == {
        "customer_profile_business_information": 22215,
        "authorized_representative_1": 22214,
        "customer_profile_address": 22216,
        "customer_profile": 22214,
    }


async def test_a_campaign_needs_an_approved_brand_and_a_service_without_a_campaign(
    registration: Registration,
) -> None:
    waiting = await call(lambda: registration.brand("00-0000001"))
    with pytest.raises(TwilioRestException) as refused:
        await call(lambda: registration.campaign(waiting))
    assert refused.value.code == 21717
    await registration.sim.post(f"/sim/twilio/a2p/{waiting}", {"status": "approved"})
    sid = await call(lambda: registration.campaign(waiting, f"{DESCRIPTION} [30893]"))
    failed = await registration.campaign_when(sid, "FAILED")
    assert [error["error_code"] for error in failed.errors] == [30893]
    with pytest.raises(TwilioRestException) as taken:
        await call(lambda: registration.campaign(waiting))
    assert taken.value.code == 20409
    service = registration.client.messaging.v1.services(registration.acme.service_sid)
    assert await call(service.us_app_to_person(sid).delete)
    again = await call(lambda: registration.campaign(waiting))
    await registration.campaign_when(again, "VERIFIED")


async def test_carriers_accept_only_texts_from_a_service_with_a_verified_campaign(
    registration: Registration,
) -> None:
    await registration.sim.post("/sim/behaviour", {"require_10dlc": True})
    acme = registration.acme

    async def end() -> tuple[str, int | None]:
        def send() -> Any:
            return acme.client.messages.create(
                to="+12125550123", messaging_service_sid=acme.service_sid, body="Hi"
            )

        sid = (await call(send)).sid
        await registration.sim.quiet()
        ended = await call(acme.client.messages(sid).fetch)
        return ended.status, ended.error_code

    assert await end() == ("undelivered", 30034)
    brand_sid = await call(registration.brand)
    await registration.brand_when(brand_sid, "APPROVED")
    campaign_sid = await call(lambda: registration.campaign(brand_sid))
    await registration.campaign_when(campaign_sid, "VERIFIED")
    assert await end() == ("delivered", None)
    await registration.sim.post(f"/sim/twilio/a2p/{campaign_sid}", {"status": "suspended"})
    assert await end() == ("undelivered", 30033)


async def test_a_person_can_decide_about_a_registration_on_its_page(
    registration: Registration,
) -> None:
    brand_sid = await call(lambda: registration.brand("00-0000001"))
    async with registration.sim.http.get("/registrations") as response:
        page = await response.text()
    assert brand_sid in page
    assert "Acme LLC" in page
    form = {"sid": brand_sid, "status": "rejected", "code": "30795"}
    async with registration.sim.http.post("/registrations", data=form) as response:
        assert "FAILED 30795" in await response.text()
    listed = (await registration.sim.get("/sim/twilio/a2p"))["brands"]
    assert [(b["sid"], b["status"]) for b in listed] == [(brand_sid, "FAILED")]


async def test_a_decision_about_an_unknown_registration_is_refused(sim: LiveSimulator) -> None:
    async with sim.http.post("/sim/twilio/a2p/BN0", json={"status": "approved"}) as response:
        assert response.status == 404
    async with sim.http.post("/sim/twilio/a2p/BN0", json={"status": "perhaps"}) as response:
        assert response.status == 422
