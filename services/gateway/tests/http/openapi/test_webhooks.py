"""The document describes the calls to customers' webhook endpoints."""

import pytest

from services.gateway.http.openapi.document import document
from services.gateway.http.openapi.webhooks import event_types

DOCUMENT = document()


def test_every_type_of_event_is_described() -> None:
    assert set(DOCUMENT["webhooks"]) == set(event_types())
    assert len(event_types()) == 22


@pytest.mark.parametrize("type_", event_types())
def test_a_call_has_its_type_and_data_that_the_document_describes(type_: str) -> None:
    call = DOCUMENT["webhooks"][type_]["post"]
    body = call["requestBody"]["content"]["application/json"]["schema"]
    assert body["properties"]["type"]["const"] == type_
    name = body["properties"]["data"]["$ref"].removeprefix("#/components/schemas/")
    assert DOCUMENT["components"]["schemas"][name]["properties"]
    assert [p["name"] for p in call["parameters"]] == [
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
    ]


def test_operations_of_calls_have_names_of_their_own() -> None:
    calls = [item["post"]["operationId"] for item in DOCUMENT["webhooks"].values()]
    others = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
    }
    assert len(set(calls)) == len(calls)
    assert not others & set(calls)
