"""Brands are drafted, submitted, reviewed and corrected."""

import asyncio
from typing import Any

import pytest

from servicekit.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionFailed
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation
from services.messaging.tests.registrant import (
    ADDRESS,
    APPROVED,
    BRAND,
    CONTACT,
    FAILED,
    PENDING,
    SUBMITTING,
    Registrant,
    fields_of,
)
from services.messaging.tests.tenant import Tenant, TwilioSide

REJECTED_EIN = "00-0030795"


@pytest.fixture
def registrant(
    tenant: Tenant, bare_organisation: Organisation, settings: MessagingSettings
) -> Registrant:
    """Return an organisation without an account."""
    return Registrant(tenant, bare_organisation, settings)


async def test_a_draft_is_saved_step_by_step(registrant: Registrant) -> None:
    empty = await registrant.brand_draft()
    assert "legalName" in empty.missing
    assert not empty.HasField("updated_at")
    await registrant.save_brand(legal_name=" Acme LLC ", ein="123456789")
    kept = await registrant.save_brand(address=ADDRESS)
    assert kept == await registrant.brand_draft()
    assert (kept.details.legal_name, kept.details.address.city) == ("Acme LLC", "Reno")
    assert list(kept.missing) == [
        "contact",
        "contact.firstName",
        "contact.lastName",
        "contact.email",
        "contact.phone",
    ]


async def test_a_section_of_a_draft_can_be_filled_in_field_by_field(registrant: Registrant) -> None:
    kept = await registrant.save_brand(address={"city": "Reno"})
    assert kept.details.address.city == "Reno"
    assert {f"address.{field}" for field in ("street", "region", "postalCode")} < set(kept.missing)
    assert "address" not in kept.missing


async def test_steps_of_a_draft_that_are_saved_at_the_same_time_are_all_kept(
    registrant: Registrant,
) -> None:
    steps = ({"legal_name": "Acme LLC"}, {"ein": "123456789"}, {"industry": "retail"})
    await asyncio.gather(*(registrant.save_brand(**step) for step in steps))
    kept = (await registrant.brand_draft()).details
    assert (kept.legal_name, kept.ein, kept.industry) == ("Acme LLC", "123456789", "retail")


@pytest.mark.parametrize(
    ("given", "fields"),
    [
        ({"ein": "12-34"}, {"ein"}),
        ({"legal_name": "A"}, {"legalName"}),
        ({"address": {**ADDRESS, "region": "Nevada"}}, {"address"}),
        ({"address": {**ADDRESS, "postal_code": "ABC 12"}}, {"address"}),
        (
            {"contact": {**CONTACT, "email": "ada", "phone": "12"}},
            {"contact.email", "contact.phone"},
        ),
        ({"industry": "smuggling"}, {"industry"}),
        ({"website": "acme"}, {"website"}),
        ({"company_type": "public"}, set()),
    ],
)
async def test_each_step_of_a_draft_is_validated_separately(
    registrant: Registrant, given: dict[str, Any], fields: set[str]
) -> None:
    if not fields:
        assert "stockTicker" in (await registrant.save_brand(**given)).missing
        return
    with pytest.raises(InvalidInput) as refusal:
        await registrant.save_brand(**given)
    assert fields_of(refusal) == fields
    assert not (await registrant.brand_draft()).HasField("updated_at")


async def test_a_submission_reports_every_invalid_field_of_a_brand(registrant: Registrant) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await registrant.submit_brand(ein="1", address={"street": "1 Main Street"})
    assert fields_of(refusal) >= {
        *("legalName", "ein", "address.city", "address.postalCode"),
        *("contact", "contact.email"),
    }
    assert not (await registrant.status()).HasField("brand")


async def test_a_brand_is_registered_in_the_order_that_twilio_requires(
    registrant: Registrant,
) -> None:
    await registrant.tenant.create_subaccount()
    await registrant.save_brand(legal_name="Acme LLC", ein="123456789")
    brand = await registrant.submit_brand(address=ADDRESS, contact=CONTACT)
    assert (brand.status, brand.details.ein) == (PENDING, "12-3456789")
    assert brand.details.website == "https://acme.example.com"
    approved = await registrant.brand_when(APPROVED)
    assert approved.brand_sid == brand.brand_sid
    assert approved.identity_status == "vetted_verified"
    assert approved.HasField("approved_at")
    audited = await registrant.tenant.audited()
    assert [a for a in audited if a.startswith("a2p")] == [
        "a2p_brand_submitted",
        "a2p_brand_registered",
        "a2p_brand_approved",
    ]


async def test_submitting_the_same_details_again_returns_the_same_brand(
    registrant: Registrant,
) -> None:
    await registrant.tenant.create_subaccount()
    brands = await asyncio.gather(*(registrant.submit_brand(**BRAND) for _ in range(4)))
    again = await registrant.submit_brand(**BRAND)
    assert {b.brand_sid for b in brands} <= {again.brand_sid, ""}
    with pytest.raises(Conflict) as refusal:
        await registrant.submit_brand(**{**BRAND, "legal_name": "Another LLC"})
    assert refusal.value.code == "brand_exists"


@pytest.mark.parametrize("path", ["/EndUsers", "/EntityAssignments", "/BrandRegistrations"])
async def test_an_interrupted_submission_continues_and_creates_nothing_twice(
    registrant: Registrant, twilio: TwilioSide, path: str
) -> None:
    await registrant.tenant.create_subaccount()
    await twilio.misbehave("POST", path, count=1, accept_then_drop=True)
    brand = await registrant.submit_brand(**BRAND)
    assert brand.status == SUBMITTING
    await registrant.tenant.expire_lease()
    approved = await registrant.brand_when(APPROVED)
    made = await twilio.registered(registrant.tenant)
    assert made == {
        "CustomerProfiles": 1,
        "TrustProducts": 1,
        "EndUsers": 3,
        "BrandRegistrations": 1,
    }
    assert approved.brand_sid


async def test_a_rejected_brand_names_the_fields_to_change_and_can_be_resubmitted(
    registrant: Registrant,
) -> None:
    await registrant.tenant.create_subaccount()
    await registrant.submit_brand(**{**BRAND, "ein": REJECTED_EIN})
    rejected = await registrant.brand_when(FAILED)
    [reason] = rejected.reasons
    assert (reason.code, list(reason.fields), reason.can_resubmit) == (30795, ["ein"], True)
    assert "EIN" in reason.advice
    with pytest.raises(Conflict) as refusal:
        await registrant.submit_brand(**{**BRAND, "ein": REJECTED_EIN})
    assert refusal.value.code == "brand_failed"
    with pytest.raises(InvalidInput) as fault:
        await registrant.resubmit_brand(ein="1")
    assert fields_of(fault) == {"ein"}
    again = await registrant.resubmit_brand(ein="12-3456789")
    assert (again.status, again.brand_sid) == (PENDING, rejected.brand_sid)
    assert not again.reasons
    assert (await registrant.brand_when(APPROVED)).brand_sid == rejected.brand_sid


async def test_fields_derived_from_the_contact_change_with_the_contact(
    registrant: Registrant,
) -> None:
    await registrant.tenant.create_subaccount()
    brand = await registrant.submit_brand(**{**BRAND, "ein": REJECTED_EIN})
    assert brand.details.website == "https://acme.example.com"
    await registrant.brand_when(FAILED)
    contact = {**CONTACT, "email": "ada@other.example.com"}
    again = await registrant.resubmit_brand(ein="12-3456789", contact=contact)
    assert again.details.website == "https://other.example.com"


async def test_a_rejected_business_profile_rejects_the_brand(registrant: Registrant) -> None:
    await registrant.tenant.create_subaccount()
    await registrant.submit_brand(**{**BRAND, "ein": "00-0018601"})
    assert 18601 in [r.code for r in (await registrant.brand_when(FAILED)).reasons]


async def test_only_a_rejected_brand_can_be_resubmitted(registrant: Registrant) -> None:
    with pytest.raises(NotFound) as absent:
        await registrant.resubmit_brand(ein="12-3456789")
    assert absent.value.code == "brand_not_found"
    await registrant.approved_brand()
    with pytest.raises(Conflict) as refusal:
        await registrant.resubmit_brand(ein="12-3456789")
    assert refusal.value.code == "brand_not_failed"


async def test_a_brand_needs_an_account(registrant: Registrant) -> None:
    with pytest.raises(NotFound) as refusal:
        await registrant.submit_brand(**BRAND)
    assert refusal.value.code == "no_subaccount"
    assert not (await registrant.status()).HasField("brand")


async def test_members_can_read_the_status_but_change_nothing(registrant: Registrant) -> None:
    registrant.tenant.role = "member"
    assert not (await registrant.status()).registered
    for attempt in (registrant.save_brand(ein="123456789"), registrant.submit_brand(**BRAND)):
        with pytest.raises(Forbidden):
            await attempt


async def test_members_do_not_see_the_submitted_details(registrant: Registrant) -> None:
    await registrant.tenant.create_subaccount()
    await registrant.submit_brand(**BRAND)
    assert (await registrant.status()).brand.details.ein == BRAND["ein"]
    registrant.tenant.role = "member"
    seen = (await registrant.status()).brand
    assert seen.status in (SUBMITTING, PENDING)
    assert not seen.HasField("details")


async def test_a_draft_that_somebody_changed_meanwhile_is_not_overwritten(
    registrant: Registrant,
) -> None:
    assert (await registrant.brand_draft()).version == 0
    first = await registrant.save_brand(legal_name="Acme LLC", if_version=0)
    second = await registrant.save_brand(ein="123456789", if_version=first.version)
    assert (first.version, second.version) == (1, 2)
    for outdated in (0, 1):
        with pytest.raises(PreconditionFailed) as refusal:
            await registrant.save_brand(legal_name="Other", if_version=outdated)
    assert refusal.value.facts == {"version": 2, "changedFields": ["ein"]}
    assert (await registrant.brand_draft()).details.legal_name == "Acme LLC"
