"""The OpenAPI document matches the routes."""

import re
from typing import Any

import pytest
from google.protobuf.message import Message
from jsonschema import Draft202012Validator

from servicekit.api_json.writing import writer_for
from services.gateway.http.contract import Method, public_methods
from services.gateway.http.openapi.document import document, document_bytes
from services.gateway.tests.members import Client

DOCUMENT = document()
OPERATIONS = [
    (path, verb, operation)
    for path, item in DOCUMENT["paths"].items()
    for verb, operation in item.items()
]


def references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for value in part.values() for found in references(value)]
    if isinstance(part, list):
        return [found for value in part for found in references(value)]
    return []


def fill(message: Message) -> None:
    """Set only the fields of `message` that every response has.

    Lists and optional fields stay empty.
    """
    for field in message.DESCRIPTOR.fields:
        if field.is_repeated or field.containing_oneof is not None:
            continue
        if field.enum_type is not None:
            setattr(message, field.name, 1)
        elif field.message_type is not None:
            getattr(message, field.name).SetInParent()
            fill(getattr(message, field.name))


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["components"]["schemas"][name]
    return found


def test_every_route_is_documented() -> None:
    routes = {(method.path, method.verb.lower()) for method in public_methods()}
    assert {(path, verb) for path, verb, _ in OPERATIONS} == routes


def test_every_reference_in_the_api_document_leads_to_a_component() -> None:
    for reference in set(references(DOCUMENT)):
        part: Any = DOCUMENT
        for key in reference.removeprefix("#/").split("/"):
            part = part[key]
        assert part


def test_operations_have_unique_ids_and_descriptions() -> None:
    names = [operation["operationId"] for *_, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    tags = {tag["name"] for tag in DOCUMENT["tags"] if tag["description"]}
    for _, _, operation in OPERATIONS:
        assert operation["summary"]
        assert set(operation["tags"]) <= tags


def test_every_tag_of_the_api_document_is_in_exactly_one_group() -> None:
    grouped = [tag for group in DOCUMENT["x-tagGroups"] for tag in group["tags"]]
    assert grouped == [tag["name"] for tag in DOCUMENT["tags"]]


def test_path_parameters_match_the_path() -> None:
    for path, _, operation in OPERATIONS:
        given = [p["name"] for p in operation["parameters"] if p.get("in") == "path"]
        assert given == re.findall(r"\{(\w+)\}", path)


def test_every_field_has_a_description() -> None:
    for name, found in DOCUMENT["components"]["schemas"].items():
        for field, described in found.get("properties", {}).items():
            assert described.get("description"), f"{name}.{field}"


@pytest.mark.parametrize("name", DOCUMENT["components"]["schemas"])
def test_schemas_are_valid_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(schema(name))


def test_constraints_in_the_schemas_are_the_rules_of_the_contract() -> None:
    register = schema("RegisterRequest")
    assert register["required"] == ["email", "password", "name"]
    assert register["additionalProperties"] is False
    properties = register["properties"]
    assert (properties["email"]["format"], properties["email"]["maxLength"]) == ("email", 254)
    assert (properties["password"]["minLength"], properties["password"]["maxLength"]) == (10, 200)
    amount = schema("CreateCheckoutRequest")["properties"]["amountCents"]
    assert (amount["type"], amount["minimum"], amount["maximum"]) == ("integer", 100, 1_000_000)
    numbers = schema("SendBatchRequest")["properties"]["numbers"]
    assert (numbers["minItems"], numbers["maxItems"]) == (1, 1000)
    assert numbers["items"] == {"type": "string", "maxLength": 40}
    variables = schema("SendTextRequest")["properties"]["variables"]
    assert variables["maxProperties"] == 50
    assert variables["additionalProperties"] == {"type": "string", "maxLength": 1600}
    capabilities = schema("ProvisionNumbersRequest")["properties"]["capabilities"]
    assert capabilities["items"]["enum"] == ["sms", "mms", "voice"]
    assert capabilities["uniqueItems"] is True


def test_the_api_document_describes_the_values_of_each_enum() -> None:
    for name in ("MessageStatus", "MessageStatusInput"):
        assert "- `delivered`: The message reached the handset." in schema(name)["description"]


def test_requests_accept_only_known_enum_values_and_responses_may_have_later_ones() -> None:
    known = ["pending", "sending", "queued"]
    assert schema("MessageStatusInput")["enum"][:3] == known
    status = schema("MessageStatus")
    assert status["x-extensible-enum"][:3] == known
    assert "enum" not in status
    closed = document(closed_enums=True)["components"]["schemas"]["MessageStatus"]
    assert closed["enum"] == status["x-extensible-enum"]


def test_ids_are_uuids_in_responses() -> None:
    fields = schema("Message")["properties"]
    assert fields["id"]["format"] == "uuid"
    assert fields["contactId"]["format"] == "uuid"
    assert schema("SendBatchResponse")["properties"]["messageIds"]["items"]["format"] == "uuid"
    assert schema("Campaign")["properties"]["createdBy"]["format"] == "uuid"
    assert "format" not in schema("Checkout")["properties"]["sessionId"]
    assert "format" not in schema("AuditEntry")["properties"]["entityId"]


def test_the_api_document_requires_a_body_where_an_empty_body_is_refused() -> None:
    required = {
        o["operationId"]: o["requestBody"]["required"] for *_, o in OPERATIONS if "requestBody" in o
    }
    for name in ("sendText", "quoteText", "updateQuietHours", "updateSendingSettings"):
        assert required[name]
    assert not required["provisionNumbers"]
    assert not required["sendCampaign"]


def test_the_api_document_describes_fields_that_exclude_or_require_each_other() -> None:
    text = schema("SendTextRequest")
    assert text["minProperties"] == 1
    assert text["x-exactly-one-of"] == [["to", "contactId"]]
    assert text["x-at-least-one-of"] == [["message", "templateId"]]
    assert "Send exactly one of to and contactId." in text["description"]


def test_the_request_and_response_headers_are_documented() -> None:
    made = DOCUMENT["paths"]["/api/contacts"]["post"]["responses"]["201"]["headers"]
    assert {"Location", "Idempotency-Replayed", "RateLimit-Remaining", "X-Request-Id"} <= set(made)
    file = DOCUMENT["paths"]["/api/contacts/export"]["get"]["responses"]["200"]["headers"]
    assert "Content-Disposition" in file
    problems = DOCUMENT["components"]["responses"]
    assert "WWW-Authenticate" in problems["Problem401"]["headers"]
    assert "Retry-After" in problems["Problem429"]["headers"]


def test_optional_fields_are_nullable_in_responses() -> None:
    fields = schema("Profile")["properties"]
    assert fields["phone"]["type"] == ["string", "null"]
    assert fields["emailVerifiedAt"]["type"] == ["string", "null"]
    assert fields["emailVerifiedAt"]["format"] == "date-time"
    assert fields["id"]["type"] == "string"
    assert fields["createdAt"]["type"] == "string"
    nested = schema("MessageDetail")["properties"]["message"]
    assert nested["$ref"] == "#/components/schemas/Message"
    brand = schema("RegistrationStatus")["properties"]["brand"]
    assert brand["anyOf"] == [{"$ref": "#/components/schemas/Brand"}, {"type": "null"}]


def examples(problem: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = problem["content"]["application/problem+json"]["examples"]
    return found


def test_examples_of_problems_match_their_schema() -> None:
    validator = Draft202012Validator(schema("Problem"))
    for code, example in DOCUMENT["components"]["examples"].items():
        assert example["value"]["code"] == code
        assert [fault.message for fault in validator.iter_errors(example["value"])] == []


def test_each_operation_lists_its_possible_problems() -> None:
    responses = DOCUMENT["paths"]["/api/campaigns/{id}/send"]["post"]["responses"]
    assert set(responses) == {
        *("202", "400", "401", "403", "404", "409", "413", "414", "415", "422", "429", "431"),
        *("500", "503"),
    }
    text = DOCUMENT["paths"]["/api/sms/send"]["post"]["responses"]
    assert set(examples(text["402"])) == {"insufficient_balance"}
    assert set(examples(text["409"])) == {"price_changed"}
    assert text["401"] == {"$ref": "#/components/responses/Problem401"}
    # The comment of a service names the errors of all its methods.
    event = DOCUMENT["paths"]["/api/events/{eventId}/sms-summary"]["get"]["responses"]
    assert "event_not_found" in examples(event["404"])
    public = DOCUMENT["paths"]["/api/auth/login"]["post"]
    assert public["security"] == []
    assert {"401", "403"} <= set(public["responses"])


SECRETS = {
    "/api/api-keys",
    "/api/webhooks/endpoints",
    "/api/webhooks/endpoints/{id}/rotate-secret",
    "/api/webhooks/listeners",
    "/api/webhooks/listeners/{id}/fetch",
    "/api/stream/tickets",
    "/api/test-mode/tokens",
    "/api/me/second-factor",
    "/api/me/second-factor/confirm",
    "/api/me/second-factor/recovery-codes",
}
"""Routes whose response has a secret, so it is not stored."""


def test_idempotency_keys_are_documented_where_they_apply() -> None:
    key = {"$ref": "#/components/parameters/IdempotencyKey"}
    for path, verb, operation in OPERATIONS:
        expected = verb == "post" and bool(operation["security"]) and path not in SECRETS
        assert (key in operation["parameters"]) == expected
    described = DOCUMENT["components"]["parameters"]["IdempotencyKey"]["schema"]
    assert re.fullmatch(described["pattern"], "A key of my own: 7~")
    assert not re.fullmatch(described["pattern"], "clé")


def test_the_api_document_describes_uploads_and_downloads_as_files() -> None:
    operation = DOCUMENT["paths"]["/api/contacts/import"]["post"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file"]
    assert form["properties"]["mapping"]["contentMediaType"] == "application/json"
    attendees = DOCUMENT["paths"]["/api/events/{eventId}/attendees/import"]["post"]
    form = attendees["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert set(form["properties"]) == {"mapping", "defaultCountry", "file"}
    assert form["properties"]["file"]["format"] == "binary"
    raw = attendees["requestBody"]["content"]["text/csv"]
    assert raw["schema"] == {"type": "string", "format": "binary"}
    in_query = {p["name"] for p in attendees["parameters"] if p.get("in") == "query"}
    assert in_query == {"mapping", "defaultCountry"}
    export = DOCUMENT["paths"]["/api/contacts/export"]["get"]
    assert export["responses"]["200"]["content"]["text/csv"]["schema"] == {"type": "string"}
    assert [p["name"] for p in export["parameters"]] == [
        *("listId", "search", "tag", "optStatus", "from", "to")
    ]


@pytest.mark.parametrize(
    "method",
    [m for m in public_methods() if not m.downloads and m.success_status != 204],
    ids=lambda method: method.name,
)
def test_responses_match_their_schemas_in_the_api_document(method: Method) -> None:
    responses = DOCUMENT["paths"][method.path][method.verb.lower()]["responses"]
    content = responses[str(method.success_status)]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**content, "components": DOCUMENT["components"]})
    message = method.response_class()
    fill(message)
    written = writer_for(method.descriptor.output_type).write(message)
    assert [fault.message for fault in validator.iter_errors(written)] == []
    assert set(written) == set(schema(content["$ref"].rsplit("/", 1)[1]).get("required", ()))


def test_the_document_is_cached_with_an_etag(client: Client) -> None:
    answer = client.get("/api/openapi.json")
    assert answer.content == document_bytes("https://app.test")
    assert answer.json()["servers"] == [{"url": "https://app.test"}]
    again = client.get("/api/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
