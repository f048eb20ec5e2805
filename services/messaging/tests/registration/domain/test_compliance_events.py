"""Compliance events are parsed in both schema versions. Unknown events are ignored."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.messaging.registration.domain.compliance_events import ComplianceUpdate, read_event

KIND = "com.twilio.messaging.compliance."
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event(kind: str, **data: Any) -> dict[str, Any]:
    return {"type": KIND + kind, "data": {"updateddate": int(AT.timestamp() * 1000), **data}}


def read_known(content: dict[str, Any]) -> ComplianceUpdate:
    found = read_event(content)
    assert found
    return found


def test_an_event_that_a_brand_cannot_be_verified_is_read_as_a_failure() -> None:
    error = {
        "registrationerrorcode": "30799",
        "registrationerrordescription": "Details differ.",
        "registrationerrorfields": ["business_name"],
    }
    found = read_known(
        event(
            "brand-registration.brand-unverified",
            brandsid="BN1",
            identitystatus="unverified",
            brandregistrationerrors=[error],
        )
    )
    assert (found.brand_sid, found.decision.status, found.decision.decided_at) == (
        "BN1",
        "failed",
        AT,
    )
    [reason] = found.decision.reasons
    assert (reason.code, reason.text, list(reason.fields)) == (
        30799,
        "Details differ.",
        ["business_name"],
    )


@pytest.mark.parametrize("status", ["success", "approved"])
def test_an_approval_event_is_parsed_in_every_schema_version(status: str) -> None:
    found = read_known(
        event(
            "campaign-registration.campaign-approved",
            messagingservicesid="MG1",
            campaignregistrationstatus=status,
        )
    )
    assert (found.messaging_service_sid, found.decision.status) == ("MG1", "approved")


def test_if_an_events_data_has_no_decision_time_the_time_of_the_event_is_used() -> None:
    content = event("brand-registration.brand-verified", brandsid="BN1")
    del content["data"]["updateddate"]
    assert read_known({**content, "time": "2026-01-02T03:04:05Z"}).decision.decided_at == AT


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"type": KIND + "brand-registration.brand-verified"},
        {"type": KIND + "brand-registration.brand-verified", "data": {"brandsid": "BN1"}},
        event("brand-registration.brand-registered", brandsid="BN1"),
        event("campaign-registration.campaign-submitted", messagingservicesid="MG1"),
        event("number-registration.successful", phonenumbersid="PN1"),
        event("something.new"),
    ],
)
def test_an_event_without_a_decision_is_ignored(content: dict[str, Any]) -> None:
    assert read_event(content) is None
