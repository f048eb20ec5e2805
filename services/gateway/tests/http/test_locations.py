"""The response header ``Location`` has the path of the object that was created or started."""

import pytest

from services.gateway.http.contract import Method, public_methods
from services.gateway.http.locations import location_of, location_template
from services.gateway.tests.members import Client, Member

METHODS = {method.name: method for method in public_methods()}
READ = {method.path for method in public_methods() if method.verb == "GET"}
MADE = [m for m in public_methods() if location_template(m) is not None]


@pytest.mark.parametrize("method", MADE, ids=lambda method: method.name)
def test_every_location_is_the_path_of_a_route_for_reading(method: Method) -> None:
    assert location_template(method) in READ


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("CampaignService.CreateCampaign", "/api/campaigns/{id}"),
        ("CampaignService.DuplicateCampaign", "/api/campaigns/{id}"),
        ("QuickSendService.SendText", "/api/messages/{id}"),
        ("AttendeeService.CreateAttendee", "/api/events/{eventId}/attendees/{attendeeId}"),
        ("SubaccountService.CreateSubaccount", "/api/twilio/subaccount"),
        ("ImportJobService.CreateImportJob", "/api/contacts/import-jobs/{id}"),
        ("QuickSendService.SendBatch", None),
        ("ApiKeyService.CreateApiKey", None),
        ("ContactService.OptOutContact", None),
    ],
)
def test_the_location_is_the_route_that_returns_the_created_object(
    name: str, path: str | None
) -> None:
    assert location_template(METHODS[name]) == path


def test_the_last_part_of_a_location_is_the_id_in_the_response() -> None:
    template = "/api/events/{eventId}/attendees/{attendeeId}"
    assert location_of(template, {"eventId": "e"}, b'{"id": "a"}') == "/api/events/e/attendees/a"
    # A duplicate is not the campaign in the path.
    assert location_of("/api/campaigns/{id}", {"id": "old"}, b'{"id": "new"}') == (
        "/api/campaigns/new"
    )


def test_a_repeated_response_about_a_created_contact_has_its_location_too(
    client: Client, member: Member
) -> None:
    headers = {**member.headers, "Idempotency-Key": "location"}
    for _ in range(2):
        answer = client.post("/api/contacts", json={"phone": "+14155550123"}, headers=headers)
        assert answer.status_code == 201
        assert answer.headers["Location"] == f"/api/contacts/{answer.json()['id']}"
    assert answer.headers["Idempotency-Replayed"] == "true"
    refused = client.post("/api/contacts", json={}, headers=member.headers)
    assert "Location" not in refused.headers
