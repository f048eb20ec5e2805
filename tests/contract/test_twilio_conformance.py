"""Compare the platform's requests to Twilio, and the simulator's responses, with Twilio's OpenAPI.

Requests that other tests cause are compared too, when their simulator stops.
"""

import copy
from typing import Any

import pytest

from tests.fixtures.a2p import registered
from tests.fixtures.platform import Platform
from tests.fixtures.twilio_conformance import Conformance
from tests.fixtures.twilio_documents import DocumentsAbsent, documents
from tests.fixtures.twilio_exchanges import keep_exchanges, kept_exchanges
from tests.fixtures.waiting import wait_until_sync

_ACCOUNT = "api.twilio.com/2010-04-01/Accounts/{AccountSid}"
_SERVICES = "messaging.twilio.com/v1/Services"
_HUB = "trusthub.twilio.com/v1"
_TOUR = {
    "POST api.twilio.com/2010-04-01/Accounts.json",
    "POST api.twilio.com/2010-04-01/Accounts/{Sid}.json",
    "POST accounts.twilio.com/v1/AuthTokens/Secondary",
    "GET lookups.twilio.com/v2/PhoneNumbers/{PhoneNumber}",
    f"POST {_ACCOUNT}/Keys.json",
    f"GET {_ACCOUNT}/Balance.json",
    f"GET {_ACCOUNT}/AvailablePhoneNumbers/{{CountryCode}}/Local.json",
    f"POST {_ACCOUNT}/IncomingPhoneNumbers.json",
    f"DELETE {_ACCOUNT}/IncomingPhoneNumbers/{{Sid}}.json",
    f"POST {_ACCOUNT}/Messages.json",
    f"GET {_ACCOUNT}/Messages.json",
    f"GET {_ACCOUNT}/Messages/{{Sid}}.json",
    f"POST {_ACCOUNT}/Addresses.json",
    f"POST {_SERVICES}",
    f"POST {_SERVICES}/{{Sid}}",
    f"POST {_SERVICES}/{{ServiceSid}}/PhoneNumbers",
    f"POST {_SERVICES}/{{MessagingServiceSid}}/Compliance/Usa2p",
    "POST messaging.twilio.com/v1/a2p/BrandRegistrations",
    f"POST {_HUB}/CustomerProfiles",
    f"POST {_HUB}/CustomerProfiles/{{Sid}}",
    f"POST {_HUB}/CustomerProfiles/{{CustomerProfileSid}}/EntityAssignments",
    f"POST {_HUB}/CustomerProfiles/{{CustomerProfileSid}}/Evaluations",
    f"POST {_HUB}/EndUsers",
    f"POST {_HUB}/SupportingDocuments",
    f"POST {_HUB}/TrustProducts",
    f"POST {_HUB}/TrustProducts/{{Sid}}",
    f"POST {_HUB}/TrustProducts/{{TrustProductSid}}/EntityAssignments",
    f"POST {_HUB}/TrustProducts/{{TrustProductSid}}/Evaluations",
    "POST events.twilio.com/v1/Sinks",
    "POST events.twilio.com/v1/Subscriptions",
}
_NUMBER = "+15005550006"
_SEND: dict[str, Any] = {
    "method": "POST",
    "host": "api.twilio.com",
    "path": f"/2010-04-01/Accounts/AC{'0' * 32}/Messages.json",
    "query": {},
    "form": {"To": _NUMBER, "Body": "Hello", "StatusCallback": "https://acme.example.com/x"},
    "status": 400,
    "answer": {"code": 21211, "message": "No", "more_info": "https://docs.test", "status": 400},
}


@pytest.fixture(scope="module")
def conformance() -> Conformance:
    try:
        return Conformance(documents())
    except DocumentsAbsent as reason:
        pytest.skip(str(reason))


@pytest.mark.stack
def test_all_calls_to_twilio_are_as_documented(
    platform: Platform, conformance: Conformance
) -> None:
    assert platform.stack.simulator_url
    keep_exchanges(platform.stack.simulator_url)
    _tour(platform)

    def missing() -> set[str]:
        exchanges = kept_exchanges(str(platform.stack.simulator_url))
        return _TOUR - {str(conformance.name(exchange)) for exchange in exchanges}

    wait_until_sync(lambda: not missing(), message="the whole tour", every=0.5)
    found = {
        difference
        for exchange in kept_exchanges(platform.stack.simulator_url)
        for difference in conformance.differences(exchange)
    }
    assert not found, "\n".join(sorted(found))


def _tour(platform: Platform) -> None:
    """Use every feature that sends requests to Twilio. Jobs make the remaining requests."""
    acme = platform.organisation("Tour", cents=3_000)
    # The second text gets no delivery report, so that the platform asks for its status.
    for person in ("+12125550147", "+12125570147"):
        acme.api.post("/api/sms/send", {"to": person, "message": "Hello"})
    acme.api.get("/api/twilio/balance")
    acme.api.get("/api/twilio/lookup", phone="+12125550148")
    service = acme.api.get("/api/twilio/messaging-services")
    acme.api.patch(f"/api/twilio/messaging-services/{service['sid']}", {"stickySender": False})
    registered(acme.api)
    number = acme.api.get("/api/twilio/numbers")["items"][0]
    acme.api.post(f"/api/twilio/numbers/{number['sid']}/release", {})
    acme.api.post("/api/twilio/subaccount/rotate-token", {})
    operator = platform.operator().api
    operator.post(f"/api/admin/twilio/subaccounts/{acme.org_id}/suspend", {})
    operator.post(f"/api/admin/twilio/subaccounts/{acme.org_id}/reactivate", {})


def test_a_request_and_response_as_twilio_documents_them_are_not_reported(
    conformance: Conformance,
) -> None:
    assert conformance.differences(_SEND) == []
    assert conformance.name(_SEND) == f"POST {_ACCOUNT}/Messages.json"


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        ("path", "/2010-04-01/Accounts/AC1/Texts.json", "no such operation"),
        ("method", "PUT", "no such operation"),
        ("path", "/2010-04-01/Accounts/AC1/Messages.json", "path AccountSid"),
        ("query", {"Colour": "red"}, "query has Colour"),
        ("form", {"Body": "Hello"}, "form lacks To"),
        ("form", {"To": _NUMBER, "Text": "Hello"}, "form has Text"),
        ("form", {"To": _NUMBER, "Attempt": "two"}, "form Attempt"),
        ("form", {"To": _NUMBER, "StatusCallback": "acme"}, "form StatusCallback"),
        ("form", {"To": _NUMBER, "MessagingServiceSid": "PN1"}, "form MessagingServiceSid"),
        ("form", {"To": _NUMBER, "ContentRetention": "some"}, "form ContentRetention"),
        ("answer", {"error": "No"}, "400 is not Twilio's error"),
        ("status", 302, "302 is not documented"),
        ("status", 201, "201 $"),
    ],
)
def test_parts_of_requests_and_responses_that_twilio_does_not_document_are_reported(
    conformance: Conformance, place: str, value: object, said: str
) -> None:
    exchange = {**copy.deepcopy(_SEND), place: value}
    assert any(said in difference for difference in conformance.differences(exchange))
