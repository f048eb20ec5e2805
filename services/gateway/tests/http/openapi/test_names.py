"""The names in the API document: one word for each thing, and no reserved words of languages."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from services.gateway.http.openapi.document import document

DOCUMENT = document()
SCHEMAS: dict[str, dict[str, Any]] = DOCUMENT["components"]["schemas"]
OPERATIONS = [operation for item in DOCUMENT["paths"].values() for operation in item.values()]
ANSWERS = {
    content["schema"]["$ref"].rpartition("/")[2]
    for operation in OPERATIONS
    for status, response in operation["responses"].items()
    if status.startswith("2")
    for content in response.get("content", {}).values()
    if "$ref" in content["schema"]
}
LISTS = {name: SCHEMAS[name] for name in ANSWERS if "items" in SCHEMAS[name].get("properties", {})}

# Classes that every Java file sees, and objects that every script in a browser sees.
RESERVED = re.compile(
    r"Audio|Boolean|Byte|Cache|Character|Class|Client|Comment|Comparable|Compiler|Date|Document|"
    r"Double|Enum|Error|Event|Exception|File|Float|Headers|Highlight|History|Image|Integer|"
    r"Iterable|Iterator|Location|Lock|Long|Map|Math|Module|Navigator|Node|Notification|Number|"
    r"Object|Option|Override|Package|Plugin|Process|Promise|Proxy|Range|Readable|Record|Report|"
    r"Request|Response|Runnable|Runtime|Selection|Set|Short|String|Symbol|System|Text|Thread|"
    r"Throwable|Void|Window|Worker"
)
# The product documents name these fields.
PRESCRIBED = {
    ("AttendeeSms", "body"),
    ("CreateTemplateRequest", "content"),
    ("PreviewTemplateRequest", "content"),
    ("Template", "content"),
    ("UpdateTemplateRequest", "content"),
}
# This field is an event of the platform as JSON, not a text.
NO_TEXTS = {("DeadLetterDetail", "content")}


def fields() -> Iterator[tuple[str, str]]:
    """Yield the name of each object with the name of each of its fields.

    Includes request and response bodies that have no name.
    """
    for name, schema in SCHEMAS.items():
        yield from ((name, field) for field in schema.get("properties", {}))
    for operation in OPERATIONS:
        name = operation["operationId"][:1].upper() + operation["operationId"][1:]
        for content in operation.get("requestBody", {}).get("content", {}).values():
            yield from ((f"{name}Request", f) for f in content["schema"].get("properties", {}))


def parameters(operation: dict[str, Any]) -> set[str]:
    return {parameter["name"] for parameter in operation["parameters"] if "name" in parameter}


def test_no_schema_has_a_name_that_a_language_reserves() -> None:
    assert [name for name in SCHEMAS if RESERVED.fullmatch(name)] == []


@pytest.mark.parametrize("name", [o["operationId"] for o in OPERATIONS])
def test_an_operation_is_named_by_a_verb_and_a_noun(name: str) -> None:
    assert re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)+", name)


def test_the_field_with_the_text_of_a_message_is_always_named_message() -> None:
    texts = {(name, field) for name, field in fields() if field in ("body", "content", "text")}
    assert texts <= PRESCRIBED | NO_TEXTS


def test_the_field_of_an_api_key_is_named_key_and_no_field_is_named_number() -> None:
    assert not [name for name, field in fields() if field == "number"]
    assert set(SCHEMAS["CreatedApiKey"]["properties"]) == {"apiKey", "key"}


@pytest.mark.parametrize("name", sorted(LISTS))
def test_all_lists_have_the_same_fields(name: str) -> None:
    properties = LISTS[name]["properties"]
    assert properties["items"]["type"] == "array"
    assert properties["nextCursor"]["type"] == ["string", "null"]
    assert ("total" in properties) == ("totalIsExact" in properties)
    assert not {"page", "pageSize", "count", "hasMore", "cursor"} & set(properties)


def test_lists_with_pages_have_the_parameters_limit_and_cursor() -> None:
    for operation in OPERATIONS:
        known = parameters(operation)
        if "cursor" in known or "page" in known or "pageSize" in known:
            assert {"limit", "cursor"} <= known, operation["operationId"]


def test_the_field_of_a_text_filter_is_named_search() -> None:
    known = {o["operationId"]: parameters(o) for o in OPERATIONS}
    assert [name for name, names in known.items() if "q" in names] == ["searchMessages"]
    assert "search" in known["searchMessages"]
    assert not [name for name, names in known.items() if {"query", "filter", "text"} & names]


def test_a_field_that_may_be_null_is_nullable() -> None:
    """If a comment says that a field may be null, the contract must declare it ``optional``."""
    for name, schema in SCHEMAS.items():
        if schema.get("additionalProperties") is False:
            continue  # a request
        for field, described in schema.get("properties", {}).items():
            if re.search(
                r"\b(Null|Absent) (if|until|while|for|on|when|before)\b", described["description"]
            ):
                is_null = "null" in described.get("type", ()) or "anyOf" in described
                assert is_null, f"{name}.{field} needs optional in the contract"
