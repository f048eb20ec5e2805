"""Each change that can break a client of the API is found, and no other."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from deploy.release.compatibility import differences
from deploy.release.openapi_breaks import breaks

Document = dict[str, Any]


def text(name: str, *required: str) -> Document:
    """Return a schema that refers to itself."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {
            "id": {"type": "string", "format": "uuid"},
            "to": {"type": "string", "maxLength": 16},
            "note": {"type": ["string", "null"]},
            "kind": {"type": "string", "enum": ["sms", "mms"]},
            "parts": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}},
        },
    }


DOCUMENT: Document = {
    "paths": {
        "/texts": {
            "get": {
                "parameters": [{"$ref": "#/components/parameters/Page"}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Text"}}
                        }
                    },
                    "404": {"description": "nothing"},
                },
            },
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/NewText"}}
                    }
                },
                "responses": {"201": {"description": "made"}},
            },
        }
    },
    "components": {
        "schemas": {"Text": text("Text", "id", "to"), "NewText": text("NewText", "to")},
        "parameters": {"Page": {"in": "query", "name": "page", "schema": {"type": "integer"}}},
    },
}


def schema(document: Document, name: str) -> Document:
    found: Document = document["components"]["schemas"][name]
    return found


def operation(document: Document, verb: str) -> Document:
    found: Document = document["paths"]["/texts"][verb]
    return found


BREAKING: dict[str, Callable[[Document], object]] = {
    "GET /texts: the operation is gone": lambda d: d["paths"]["/texts"].pop("get"),
    "GET /texts: the query parameter page is gone": lambda d: operation(d, "get").pop("parameters"),
    "GET /texts: the query parameter page is required": lambda d: d["components"]["parameters"][
        "Page"
    ].update(required=True),
    "GET /texts: the response 200 is gone": lambda d: operation(d, "get")["responses"].pop("200"),
    "POST /texts: a request body is required": lambda d: operation(d, "post")["requestBody"].update(
        required=True
    ),
    "response Text.note is gone": lambda d: schema(d, "Text")["properties"].pop("note"),
    "response Text.to is not always there": lambda d: schema(d, "Text").update(required=["id"]),
    "response Text.to: its type was string and is null|string": lambda d: schema(d, "Text")[
        "properties"
    ]["to"].update(type=["string", "null"]),
    "response Text.id: its format was uuid and is None": lambda d: schema(d, "Text")["properties"][
        "id"
    ].pop("format"),
    "request NewText.note is gone": lambda d: schema(d, "NewText")["properties"].pop("note"),
    "request NewText.note is required": lambda d: schema(d, "NewText").update(
        required=["to", "note"]
    ),
    "request NewText.note: its type was null|string and is string": lambda d: schema(d, "NewText")[
        "properties"
    ]["note"].update(type="string"),
    "request NewText.kind: the value mms is gone": lambda d: schema(d, "NewText")["properties"][
        "kind"
    ].update(enum=["sms"]),
    "request NewText.to: maxLength was 16 and is 15": lambda d: schema(d, "NewText")["properties"][
        "to"
    ].update(maxLength=15),
}
ALLOWED: dict[str, Callable[[Document], object]] = {
    "a new operation": lambda d: d["paths"]["/texts"].update(put=operation(d, "post")),
    "a new property": lambda d: schema(d, "Text")["properties"].update(more={"type": "string"}),
    "a new value in a response": lambda d: schema(d, "Text")["properties"]["kind"].update(
        enum=["sms", "mms", "rcs"]
    ),
    "a property that is always there now": lambda d: schema(d, "Text")["required"].append("note"),
    "a property that is not null any longer": lambda d: schema(d, "Text")["properties"][
        "note"
    ].update(type="string"),
    "an optional field of a request": lambda d: schema(d, "NewText")["properties"].update(
        more={"type": "string"}
    ),
    "a longer text in a request": lambda d: schema(d, "NewText")["properties"]["to"].update(
        maxLength=32
    ),
}


@pytest.mark.parametrize("line", BREAKING)
def test_a_change_that_breaks_clients_is_found(line: str) -> None:
    new = copy.deepcopy(DOCUMENT)
    BREAKING[line](new)
    assert breaks(DOCUMENT, new) == [line]


@pytest.mark.parametrize("change", ALLOWED)
def test_a_change_that_breaks_nobody_is_allowed(change: str) -> None:
    new = copy.deepcopy(DOCUMENT)
    ALLOWED[change](new)
    assert breaks(DOCUMENT, new) == []


def test_breaks_that_nobody_accepted_and_accepted_breaks_that_are_not_found_are_reported() -> None:
    assert differences(["a", "b"], {"b"}) == ["breaks: a"]
    assert differences(["a"], {"a", "b"}) == ["accepted, but not there: b"]
