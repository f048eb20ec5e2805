"""The error messages for invalid fields."""

from typing import Any

import pytest

from services.gateway.tests.members import Client, Member, problem
from services.gateway.tests.rpc.backends import FOREIGN_ID

CONTACT = f"/api/contacts/{FOREIGN_ID}"

CAMPAIGN = {"name": "Doors", "message": "Hi", "listId": FOREIGN_ID}


@pytest.mark.parametrize(
    ("path", "verb", "body", "field", "message"),
    [
        ("/api/sms/send", "POST", {"to": ""}, "to", "must not be empty"),
        ("/api/sms/send", "POST", {"to": "1" * 41}, "to", "must have at most 40 characters"),
        ("/api/sms/send", "POST", {"to": "1", "message": " "}, "message", "must not be blank"),
        ("/api/sms/send", "POST", {"to": "1", "message": ""}, "message", "must not be empty"),
        (CONTACT, "PATCH", {"tags": ["a", "a"]}, "tags", "must not contain duplicates"),
        (CONTACT, "PATCH", {"tags": ["a", ""]}, "tags[1]", "must not be empty"),
        (
            "/api/sms/send",
            "POST",
            {"to": "1", "templateId": "x"},
            "templateId",
            "must be a valid UUID",
        ),
        (
            "/api/contact-lists/0199e1ad-7a00-7000-8000-000000000000/members",
            "POST",
            {"contactIds": []},
            "contactIds",
            "must not be empty",
        ),
        (
            "/api/twilio/numbers/provision",
            "POST",
            {"areaCode": "1"},
            "areaCode",
            "must match ^[2-9][0-9]{2}$",
        ),
        (
            "/api/twilio/numbers/provision",
            "POST",
            {"capabilities": ["sms", "fax"]},
            "capabilities[1]",
            "must be one of sms, mms, voice",
        ),
    ],
)
def test_a_fault_is_reported_once_with_a_clear_message(
    client: Client,
    member: Member,
    path: str,
    verb: str,
    body: dict[str, Any],
    field: str,
    message: str,
) -> None:
    answer = client.request(verb, path, json=body, headers=member.headers)
    document = problem(answer, 422, "invalid_request")
    assert document["errors"] == [{"field": field, "message": message}]
    assert document["detail"] == "Some of the input is invalid. See errors."
