"""Each compliance event is audited once, and its decision on a registration is applied."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
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
)
from services.messaging.tests.tenant import Tenant
from smsblaster.audit.v1 import events_pb2 as audit_pb2
from smsblaster.webhooks.v1 import events_pb2


async def audited(database: Database, org_id: str) -> list[audit_pb2.AuditRecorded]:
    async with database.system() as connection:
        rows = await connection.execute(
            text("SELECT payload FROM outbox WHERE subject = 'event.messaging.audit'")
        )
        found = [audit_pb2.AuditRecorded.FromString(row.payload) for row in rows]
    return [r for r in found if r.org_id == org_id and r.action == "twilio_compliance_event"]


async def test_a_compliance_event_is_audited_once(
    bare_organisation: Organisation, database: Database
) -> None:
    event = {"id": "EZ1", "type": "brand-registration.brand-failure", "data": {"brandsid": "BN1"}}
    org_id = str(bare_organisation.org_id)
    webhook = events_pb2.WebhookReceived(
        id=str(uuid4()), org_id=org_id, body=json.dumps(event).encode()
    )
    for _ in range(3):
        await bare_organisation.deliver("webhook.twilio.compliance", [webhook])
    [recorded] = await audited(database, org_id)
    assert (recorded.entity_type, recorded.entity_id) == (event["type"], "EZ1")
    assert json.loads(str(recorded.meta["data"])) == {"brandsid": "BN1"}


STAYS_IN_REVIEW = {**BRAND, "ein": "00-0000001"}
KIND = "com.twilio.messaging.compliance."
VERIFIED = "brand-registration.brand-verified"
UNVERIFIED = "brand-registration.brand-unverified"


@pytest.fixture
async def registrant(
    tenant: Tenant, bare_organisation: Organisation, settings: MessagingSettings
) -> Registrant:
    """Return an organisation whose brand stays in review until a test decides the review."""
    registrant = Registrant(tenant, bare_organisation, settings)
    await tenant.create_subaccount()
    brand = await registrant.submit_brand(**STAYS_IN_REVIEW)
    if brand.status == SUBMITTING:  # a slow machine needs more than one request
        await registrant.brand_when(PENDING)
    return registrant


def event(kind: str, minute: int = 1, **data: Any) -> dict[str, Any]:
    """Return a compliance event of this kind, ``minute`` minutes from now."""
    decided_at = datetime.now(UTC) + timedelta(minutes=minute)
    update = {"updateddate": int(decided_at.timestamp() * 1000), **data}
    return {"id": f"EZ{uuid4().hex}", "type": KIND + kind, "data": update}


def unverified(brand_sid: str, minute: int) -> dict[str, Any]:
    error = {"registrationerrorcode": "30795", "registrationerrordescription": "Wrong EIN."}
    return event(UNVERIFIED, minute, brandsid=brand_sid, brandregistrationerrors=[error])


async def test_a_compliance_event_approves_the_brand(registrant: Registrant) -> None:
    brand_sid = (await registrant.status()).brand.brand_sid
    await registrant.receive_events(event(VERIFIED, brandsid=brand_sid, identitystatus="verified"))
    brand = (await registrant.status()).brand
    assert (brand.status, brand.identity_status) == (APPROVED, "verified")
    assert brand.HasField("approved_at")
    assert "a2p_brand_approved" in await registrant.tenant.audited()


async def test_a_compliance_event_rejects_the_brand_with_its_reason(registrant: Registrant) -> None:
    brand_sid = (await registrant.status()).brand.brand_sid
    await registrant.receive_events(unverified(brand_sid, 1))
    brand = (await registrant.status()).brand
    assert brand.status == FAILED
    assert [(r.code, r.message) for r in brand.reasons] == [(30795, "Wrong EIN.")]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
async def test_the_result_of_events_does_not_depend_on_their_order_or_repetition(
    registrant: Registrant, order: Sequence[int]
) -> None:
    brand_sid = (await registrant.status()).brand.brand_sid
    events = [
        event("brand-registration.brand-registered", 1, brandsid=brand_sid),
        unverified(brand_sid, 2),
        event(VERIFIED, 3, brandsid=brand_sid),
    ]
    for _ in range(2):
        await registrant.receive_events(*(events[i] for i in order))
    brand = (await registrant.status()).brand
    assert (brand.status, list(brand.reasons)) == (APPROVED, [])


async def test_an_event_about_an_earlier_attempt_changes_nothing(registrant: Registrant) -> None:
    brand_sid = (await registrant.status()).brand.brand_sid
    await registrant.receive_events(unverified(brand_sid, -60))
    assert (await registrant.status()).brand.status == PENDING


async def test_an_event_about_another_organisations_brand_changes_nothing(
    registrant: Registrant,
) -> None:
    await registrant.receive_events(event(VERIFIED, brandsid="BN" + "f" * 32))
    assert (await registrant.status()).brand.status == PENDING


async def test_events_approve_or_reject_the_a2p_campaign_of_the_service(
    registrant: Registrant,
) -> None:
    await registrant.tenant.create_service()
    brand_sid = (await registrant.status()).brand.brand_sid
    registrant.decide(brand_sid, status="approved")
    await registrant.brand_when(APPROVED)
    stays = "Acme texts offers to people who asked for them. [stays]"
    await registrant.create_campaign(brand_sid, **CAMPAIGN, description=stays)
    about = {"messagingservicesid": (await registrant.tenant.service()).sid}
    kind = "campaign-registration.campaign-"
    await registrant.receive_events(event(kind + "failure", 1, errorcode=30886, **about))
    [campaign] = (await registrant.status()).campaigns
    assert campaign.status == FAILED
    assert [list(r.fields) for r in campaign.reasons] == [["description"]]
    await registrant.receive_events(event(kind + "approved", 2, **about))
    assert (await registrant.status()).campaigns[0].status == APPROVED


async def test_an_event_about_the_business_profile_makes_the_job_poll_the_brand(
    registrant: Registrant,
) -> None:
    await registrant.tenant.execute(
        "UPDATE a2p_brand SET next_step_at = 'infinity' WHERE org_id = :org_id"
    )
    webhook = events_pb2.WebhookReceived(
        id=str(uuid4()),
        org_id=str(registrant.tenant.org_id),
        form={"BundleSid": "BU" + "1" * 32, "Status": "twilio-rejected"},
    )
    await registrant.organisation.deliver("webhook.twilio.compliance", [webhook])
    async with registrant.tenant.database.org(registrant.tenant.org_id) as connection:
        assert await connection.scalar(text("SELECT next_step_at <= now() FROM a2p_brand"))
