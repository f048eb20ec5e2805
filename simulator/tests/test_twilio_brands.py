"""Brands and campaigns: refused requests, results of reviews, and decisions by a person."""

from typing import Any

import pytest

from simulator.tests.conftest import LiveSimulator
from simulator.tests.twilio_client import Tenant, call, client, refusal, tenant
from simulator.tests.twilio_registrant import DESCRIPTION, SECONDARY, Registration

SAMPLES = ["Acme: 20% off today. STOP to end.", "Acme: your order is ready."]
ASKED = {
    "description": DESCRIPTION,
    "message_flow": "People tick a box on our web site to receive our texts.",
    "message_samples": SAMPLES,
    "us_app_to_person_usecase": "MARKETING",
    "has_embedded_links": False,
    "has_embedded_phone": False,
}


@pytest.fixture
async def registration(sim: LiveSimulator) -> Registration:
    await sim.post("/sim/behaviour", {"review_delay_ms": [5, 10]})
    return Registration(await tenant(sim), sim)


async def approved(registration: Registration) -> str:
    sid = await call(registration.brand)
    await registration.brand_when(sid, "APPROVED")
    return sid


def campaigns(acme: Tenant, service_sid: str = "") -> Any:
    return acme.client.messaging.v1.services(service_sid or acme.service_sid).us_app_to_person


async def refused_campaign(
    registration: Registration, brand: str, **change: Any
) -> tuple[int, int]:
    asked = {"brand_registration_sid": brand, **ASKED, **change}
    return await refusal(lambda: campaigns(registration.acme).create(**asked))


async def test_a_new_brand_waits_for_its_review(registration: Registration) -> None:
    await registration.sim.post("/sim/behaviour", {"review_by_hand": True})
    sid = await call(registration.brand)
    brand = await call(registration.client.messaging.v1.brand_registrations(sid).fetch)
    assert sid.startswith("BN")
    assert (brand.status, brand.identity_status) == ("PENDING", "SELF_DECLARED")
    assert (brand.tcr_id, brand.brand_score, brand.errors) == (None, None, [])
    assert (brand.brand_type, brand.mock, brand.skip_automatic_sec_vet) == (
        "STANDARD",
        False,
        False,
    )


@pytest.mark.parametrize(
    ("ein", "status", "identity", "codes"),
    [
        ("12-3456789", "APPROVED", "VETTED_VERIFIED", []),
        ("00-0000001", "IN_REVIEW", "SELF_DECLARED", []),
        ("00-0000002", "SUSPENDED", "VETTED_VERIFIED", []),
        ("00-0030702", "FAILED", "UNVERIFIED", [30702]),
        ("00-0030799", "FAILED", "UNVERIFIED", [30799]),
    ],
)
async def test_the_ein_decides_the_outcome_of_a_brands_review(
    registration: Registration, ein: str, status: str, identity: str, codes: list[int]
) -> None:
    sid = await call(lambda: registration.brand(ein))
    brand = await registration.brand_when(sid, status)
    assert brand.identity_status == identity
    assert [error["error_code"] for error in brand.errors] == codes
    assert (brand.failure_reason or "") == ", ".join(map(str, codes))
    assert (brand.tcr_id is None) == (status in ("IN_REVIEW", "FAILED"))


async def test_a_brand_without_vetting_is_verified_and_has_no_score(
    registration: Registration,
) -> None:
    def register() -> str:
        profile = registration.profile()
        product = registration.product(profile)
        brands = registration.client.messaging.v1.brand_registrations
        return str(brands.create(profile, product, skip_automatic_sec_vet=True, mock=True).sid)

    brand = await registration.brand_when(await call(register), "APPROVED")
    assert (brand.identity_status, brand.brand_score, brand.mock) == ("VERIFIED", None, True)


async def test_a_brand_needs_a_submitted_business_profile_and_a_submitted_trust_product(
    registration: Registration,
) -> None:
    hub = registration.client.trusthub.v1
    brands = registration.client.messaging.v1.brand_registrations
    profile = await call(registration.profile)
    product = await call(lambda: registration.product(profile))
    draft = (await call(lambda: hub.customer_profiles.create("x", "x@x.io", SECONDARY))).sid
    for pair in ((draft, product), (product, profile), (profile, profile), ("BU1", product)):
        assert await refusal(lambda: brands.create(*pair)) == (400, 21717)  # noqa: B023
    assert await refusal(lambda: brands.create(profile, "")) == (400, 20001)
    unknown = {"brand_type": "FAMOUS"}
    assert await refusal(lambda: brands.create(profile, product, **unknown)) == (400, 20001)
    sid = (await call(lambda: brands.create(profile, product))).sid
    assert await refusal(lambda: brands.create(profile, product)) == (400, 21717)
    assert [brand.sid for brand in await call(brands.list)] == [sid]


async def test_a_rejected_brand_can_be_submitted_three_more_times(
    registration: Registration,
) -> None:
    sid = await call(lambda: registration.brand("00-0030795"))
    brand = registration.client.messaging.v1.brand_registrations(sid)
    for _ in range(3):
        await registration.brand_when(sid, "FAILED")
        assert (await call(brand.update)).status == "PENDING"
    await registration.brand_when(sid, "FAILED")
    assert await refusal(brand.update) == (400, 21724)


async def test_an_account_does_not_find_the_brands_of_another_account(
    registration: Registration,
) -> None:
    sid = await approved(registration)
    other = await tenant(registration.sim)
    foreign = other.client.messaging.v1.brand_registrations
    assert await call(foreign.list) == []
    assert await refusal(foreign(sid).fetch) == (404, 20404)
    assert await refusal(foreign(sid).update) == (404, 20404)
    asked = {"brand_registration_sid": sid, **ASKED}
    assert await refusal(lambda: campaigns(other).create(**asked)) == (400, 21717)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"description": ""}, 21727),
        ({"message_samples": []}, 21727),
        ({"description": "x" * 39}, 21728),
        ({"description": "x" * 4097}, 21728),
        ({"message_flow": "x" * 39}, 21728),
        ({"message_flow": "x" * 2049}, 21728),
        ({"message_samples": ["x" * 20]}, 21728),
        ({"message_samples": ["x" * 20] * 6}, 21728),
        ({"message_samples": ["x" * 20, "x" * 19]}, 21728),
        ({"message_samples": ["x" * 20, "x" * 1025]}, 21728),
        ({"opt_in_message": "x" * 19}, 21728),
        ({"opt_out_message": "x" * 321}, 21728),
        ({"help_message": "x" * 19}, 21728),
        ({"us_app_to_person_usecase": "GOSSIP"}, 21720),
    ],
)
async def test_a_campaign_with_missing_or_too_long_fields_is_refused(
    sim: LiveSimulator, change: dict[str, Any], code: int
) -> None:
    registration = Registration(await tenant(sim), sim)
    assert await refused_campaign(registration, "BN1", **change) == (400, code)


async def test_a_campaign_shows_its_fields_and_twilios_keywords(
    registration: Registration,
) -> None:
    brand = await approved(registration)
    asked = {"brand_registration_sid": brand, **ASKED, "age_gated": True, "help_message": "x" * 20}
    made = await call(lambda: campaigns(registration.acme).create(**asked))
    assert (made.sid[:2], made.campaign_status, made.campaign_id) == ("QE", "PENDING", None)
    assert (made.message_samples, made.description) == (SAMPLES, DESCRIPTION)
    assert (made.age_gated, made.direct_lending, made.help_message) == (True, False, "x" * 20)
    assert made.opt_out_keywords == ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"]
    assert made.help_keywords == ["HELP", "INFO"]
    verified = await registration.campaign_when(made.sid, "VERIFIED")
    assert verified.campaign_id.startswith("C")
    assert set(verified.rate_limits) == {"att", "tmobile"}
    assert [c.sid for c in await call(campaigns(registration.acme).list)] == [made.sid]


@pytest.mark.parametrize(
    ("mark", "status"),
    [("[stays]", "IN_PROGRESS"), ("[suspended]", "SUSPENDED"), ("[30886]", "FAILED")],
)
async def test_the_description_decides_the_outcome_of_a_campaigns_review(
    registration: Registration, mark: str, status: str
) -> None:
    brand = await approved(registration)
    sid = await call(lambda: registration.campaign(brand, f"{DESCRIPTION} {mark}"))
    await registration.campaign_when(sid, status)
    service = registration.client.messaging.v1.services(registration.acme.service_sid)
    assert (await call(service.fetch)).us_app_to_person_registered is False


async def test_an_a2p_campaign_is_deleted_together_with_its_messaging_service(
    registration: Registration,
) -> None:
    acme, brand = registration.acme, await approved(registration)
    sid = await call(lambda: registration.campaign(brand))
    own = acme.client.messaging.v1.services
    second = (await call(lambda: own.create(friendly_name="Second"))).sid
    assert await refusal(campaigns(acme, second)(sid).fetch) == (404, 20404)
    assert await call(campaigns(acme, second).list) == []
    await call(own(acme.service_sid).delete)
    assert (await registration.sim.get("/sim/twilio/a2p"))["campaigns"] == []


async def test_each_use_case_says_whether_it_needs_an_approval(registration: Registration) -> None:
    service = registration.client.messaging.v1.services(registration.acme.service_sid)
    shown = await call(service.us_app_to_person_usecases.fetch)
    by_code = {u["code"]: u["post_approval_required"] for u in shown.us_app_to_person_usecases}
    assert {code for code, needed in by_code.items() if needed} == {
        *("AGENTS_FRANCHISES", "PROXY", "EMERGENCY", "K12_EDUCATION", "SOCIAL", "SWEEPSTAKE"),
    }
    assert {"MARKETING", "LOW_VOLUME", "MIXED", "2FA"} <= set(by_code)


async def test_if_manual_review_is_on_only_a_person_can_end_a_review(
    registration: Registration,
) -> None:
    sim = registration.sim
    await sim.post("/sim/behaviour", {"review_by_hand": True})
    sid = await call(registration.brand)
    await sim.post(f"/sim/twilio/a2p/{sid}", {"status": "suspended"})
    assert (await registration.brand_when(sid, "SUSPENDED")).errors == []
    await sim.post(f"/sim/twilio/a2p/{sid}", {"status": "rejected", "code": 30792})
    failed = await registration.brand_when(sid, "FAILED")
    assert failed.errors[0]["error_code"] == 30792
    await sim.post(f"/sim/twilio/a2p/{sid}", {"status": "approved"})
    assert (await registration.brand_when(sid, "APPROVED")).errors == []


async def test_texts_from_toll_free_numbers_need_no_a2p_campaign(
    registration: Registration,
) -> None:
    await registration.sim.post("/sim/behaviour", {"require_10dlc": True})
    master = client(registration.sim.url)
    numbers = master.incoming_phone_numbers
    toll_free = (await call(lambda: numbers.create(phone_number="+18885550113"))).phone_number
    local = (await call(lambda: numbers.create(area_code="303"))).phone_number
    ends = {}
    for sender in (toll_free, local):
        text = {"to": "+12125550123", "from_": sender, "body": "hi"}
        sid = (await call(lambda: master.messages.create(**text))).sid  # noqa: B023
        await registration.sim.quiet()
        ended = await call(master.messages(sid).fetch)
        ends[sender] = (ended.status, ended.error_code)
    assert ends == {toll_free: ("delivered", None), local: ("undelivered", 30034)}
