"""A2P campaigns are drafted, submitted, reviewed, corrected and linked."""

from typing import Any

import pytest

from servicekit.errors import Conflict, CrossOrgAccess, InvalidInput, NotFound
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation
from services.messaging.tests.registrant import (
    APPROVED,
    BRAND,
    CAMPAIGN,
    FAILED,
    PENDING,
    SUBMITTING,
    Registrant,
    fields_of,
)
from services.messaging.tests.tenant import Tenant, TwilioSide

UNKNOWN_BRAND, UNKNOWN_CAMPAIGN = "BN" + "0" * 32, "QE" + "0" * 32

DESCRIPTION = "Acme texts offers to people who asked for them on its web site."


@pytest.fixture
def registrant(
    tenant: Tenant, bare_organisation: Organisation, settings: MessagingSettings
) -> Registrant:
    """Return an organisation without an account."""
    return Registrant(tenant, bare_organisation, settings)


@pytest.fixture
def stranger(registrant: Registrant) -> Registrant:
    """Return another organisation."""
    other = Tenant(registrant.tenant.messaging, registrant.tenant.database)
    return Registrant(other, registrant.organisation, registrant.settings)


async def test_a_campaign_needs_an_approved_brand(registrant: Registrant) -> None:
    with pytest.raises(NotFound) as absent:
        await registrant.create_campaign(UNKNOWN_BRAND, **CAMPAIGN)
    assert absent.value.code == "brand_not_found"
    await registrant.tenant.create_subaccount()
    brand = await registrant.submit_brand(**{**BRAND, "ein": "00-0000001"})
    with pytest.raises(Conflict) as refusal:
        await registrant.create_campaign(brand.brand_sid, **CAMPAIGN)
    assert refusal.value.code == "brand_not_approved"


async def test_a_campaign_is_registered_and_linked(registrant: Registrant) -> None:
    brand_sid = await registrant.approved_brand()
    await registrant.save_campaign(use_case="MARKETING", opt_in_desc=CAMPAIGN["opt_in_desc"])
    created = await registrant.create_campaign(
        brand_sid, sample_messages=CAMPAIGN["sample_messages"]
    )
    assert (created.status, created.use_case, created.linked) == (PENDING, "marketing", False)
    assert created.details.has_embedded_links
    assert not (await registrant.status()).registered
    service = await registrant.tenant.service()
    linked = await registrant.link(created.campaign_sid, service.sid)
    assert linked.linked
    assert (await registrant.tenant.service()).campaign_sid == created.campaign_sid
    approved = await registrant.campaign_when(APPROVED)
    assert approved.HasField("approved_at")
    assert (await registrant.status()).registered
    assert (await registrant.link(created.campaign_sid, service.sid)).linked
    audited = await registrant.tenant.audited()
    assert audited.count("a2p_campaign_linked") == 1


async def test_a_messaging_service_can_have_only_one_campaign(registrant: Registrant) -> None:
    brand_sid = await registrant.approved_brand()
    created = await registrant.create_campaign(brand_sid, **CAMPAIGN)
    again = await registrant.create_campaign(brand_sid, **CAMPAIGN)
    assert again.campaign_sid == created.campaign_sid
    with pytest.raises(Conflict) as refusal:
        await registrant.create_campaign(brand_sid, **{**CAMPAIGN, "use_case": "mixed"})
    assert refusal.value.code == "campaign_exists"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"use_case": "spam"}, "useCase"),
        ({"sample_messages": ["Only one sample, long enough."]}, "sampleMessages"),
        ({"sample_messages": ["too short", "too short"]}, "sampleMessages"),
        ({"opt_in_desc": "They asked."}, "optInDesc"),
        ({"description": "Texts."}, "description"),
        ({"terms_url": "terms"}, "termsUrl"),
    ],
)
async def test_an_invalid_campaign_draft_is_refused(
    registrant: Registrant, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await registrant.save_campaign(**given)
    assert fields_of(refusal) == {field}


async def test_a_submission_reports_every_invalid_field_of_a_campaign(
    registrant: Registrant,
) -> None:
    brand_sid = await registrant.approved_brand()
    with pytest.raises(InvalidInput) as refusal:
        await registrant.create_campaign(brand_sid, use_case="spam")
    assert fields_of(refusal) == {"useCase", "sampleMessages", "optInDesc"}
    assert not (await registrant.status()).campaigns


async def test_a_rejected_campaign_is_corrected_and_stays_linked(registrant: Registrant) -> None:
    brand_sid = await registrant.approved_brand()
    description = "Acme texts offers to people who asked for them. [30893]"
    created = await registrant.create_campaign(brand_sid, **CAMPAIGN, description=description)
    service = await registrant.tenant.service()
    await registrant.link(created.campaign_sid, service.sid)
    rejected = await registrant.campaign_when(FAILED)
    [reason] = rejected.reasons
    assert reason.code == 30893
    with pytest.raises(Conflict) as refusal:
        await registrant.link(created.campaign_sid, service.sid)
    assert refusal.value.code == "campaign_failed"
    better = "Acme texts offers to people who asked for them on its web site."
    again = await registrant.resubmit_campaign(created.campaign_sid, description=better)
    assert again.status == PENDING
    assert again.campaign_sid not in ("", created.campaign_sid)
    approved = await registrant.campaign_when(APPROVED)
    assert approved.linked
    assert (await registrant.status()).registered
    with pytest.raises(Conflict) as late:
        await registrant.resubmit_campaign(again.campaign_sid)
    assert late.value.code == "campaign_not_failed"


async def test_fields_derived_from_the_samples_change_with_the_samples(
    registrant: Registrant,
) -> None:
    brand_sid = await registrant.approved_brand()
    samples = ["Acme: see https://acme.example.com [30893]", "Acme: call us, 415 555 0142. Bye."]
    given = {**CAMPAIGN, "sample_messages": samples, "description": f"{DESCRIPTION} [30893]"}
    created = await registrant.create_campaign(brand_sid, **given, age_gated=True)
    assert created.details.has_embedded_links
    assert created.details.has_embedded_phone
    await registrant.campaign_when(FAILED)
    plain = ["Acme: 20% off everything today.", "Acme: your order can be picked up."]
    again = await registrant.resubmit_campaign(
        created.campaign_sid, use_case="MIXED", sample_messages=plain, description=""
    )
    assert (again.use_case, again.details.use_case) == ("mixed", "mixed")
    assert "mixed messages" in again.details.description
    assert not again.details.has_embedded_links
    assert not again.details.has_embedded_phone
    assert again.details.age_gated  # the request gave it, so it is not derived
    service = await registrant.tenant.service()
    update = registrant.asked(f"/v1/Services/{service.sid}/Compliance")
    [_, asked] = [request for request in update if "Description" in request["params"]]
    assert (asked["params"]["HasEmbeddedLinks"], asked["params"]["AgeGated"]) == ("false", "true")


async def test_a_rejected_campaign_stays_rejected_if_twilio_refuses_to_delete_it(
    registrant: Registrant, twilio: TwilioSide
) -> None:
    brand_sid = await registrant.approved_brand()
    description = f"{DESCRIPTION} [30893]"
    created = await registrant.create_campaign(brand_sid, **CAMPAIGN, description=description)
    await registrant.campaign_when(FAILED)
    await twilio.misbehave("DELETE", created.campaign_sid, count=1, status=403)
    again = await registrant.resubmit_campaign(created.campaign_sid, description=DESCRIPTION)
    assert (again.status, again.campaign_sid) == (FAILED, created.campaign_sid)
    assert again.reasons
    once_more = await registrant.resubmit_campaign(created.campaign_sid)
    assert once_more.status == PENDING
    assert once_more.campaign_sid != created.campaign_sid


async def test_a_campaign_whose_creation_was_interrupted_is_found_and_used(
    registrant: Registrant, twilio: TwilioSide
) -> None:
    brand_sid = await registrant.approved_brand()
    await twilio.misbehave("POST", "/Usa2p", count=1, accept_then_drop=True)
    created = await registrant.create_campaign(brand_sid, **CAMPAIGN)
    assert created.status == SUBMITTING
    await registrant.tenant.expire_lease()
    assert (await registrant.campaign_when(APPROVED)).campaign_sid


async def test_another_organisations_brand_and_campaign_cannot_be_used(
    registrant: Registrant, stranger: Registrant
) -> None:
    brand_sid = await registrant.approved_brand()
    created = await registrant.create_campaign(brand_sid, **CAMPAIGN)
    service = await registrant.tenant.service()
    own_sid = await stranger.approved_brand()
    own = await stranger.create_campaign(own_sid, **CAMPAIGN)
    own_service = await stranger.tenant.service()
    for attempt in (
        stranger.create_campaign(brand_sid, **CAMPAIGN),
        stranger.resubmit_campaign(created.campaign_sid),
        stranger.link(created.campaign_sid, own_service.sid),
        stranger.link(own.campaign_sid, service.sid),
    ):
        with pytest.raises(CrossOrgAccess):
            await attempt
    for attempt in (
        stranger.resubmit_campaign(UNKNOWN_CAMPAIGN),
        stranger.link(UNKNOWN_CAMPAIGN, own_service.sid),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert not (await registrant.status()).campaigns[0].linked
