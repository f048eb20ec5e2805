"""Every request and every response has an example that matches its schema."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from services.gateway.http.openapi.document import document

DOCUMENT = document()


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the content of each JSON body of a request or a successful response."""
    for item in DOCUMENT["paths"].values():
        for operation in item.values():
            name = operation["operationId"]
            bodies = [("request", operation.get("requestBody", {}))]
            bodies += [(s, r) for s, r in operation["responses"].items() if s.startswith("2")]
            for kind, body in bodies:
                content = body.get("content", {})
                if "application/json" in content:
                    yield f"{name}-{kind}", content["application/json"]


CONTENTS = dict(contents())


@pytest.mark.parametrize("name", CONTENTS)
def test_each_example_in_the_api_document_matches_its_schema(name: str) -> None:
    content = CONTENTS[name]
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    assert [fault.message for fault in validator.iter_errors(content["example"])] == []


def test_the_api_document_has_examples_of_uploaded_and_downloaded_files() -> None:
    imported = DOCUMENT["paths"]["/api/contacts/import"]["post"]["requestBody"]["content"]
    exported = DOCUMENT["paths"]["/api/contacts/export"]["get"]["responses"]["200"]["content"]
    assert imported["text/csv"]["example"].startswith("Name,Phone")
    assert exported["text/csv"]["example"].startswith("Name,Phone")


def test_the_example_of_a_text_to_send_fills_only_one_of_alternative_fields() -> None:
    example = CONTENTS["sendText-request"]["example"]
    assert "message" in example
    assert "templateId" not in example
    assert "contactId" not in example
