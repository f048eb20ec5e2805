"""The document describes the calls to customers' webhook endpoints."""

import pytest

from services.gateway.http.openapi.document import document
from services.gateway.http.openapi.webhooks import event_types

DOCUMENT = document()


def test_every_type_of_customer_event_is_described() -> None:
    assert set(DOCUMENT["webhooks"]) == set(event_types())
    assert len(event_types()) == 22


@pytest.mark.parametrize("type_", event_types())
def test_the_document_describes_the_type_data_and_headers_of_each_webhook_call(type_: str) -> None:
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


def test_operation_ids_of_webhook_calls_are_different_from_all_others() -> None:
    calls = [item["post"]["operationId"] for item in DOCUMENT["webhooks"].values()]
    others = {
        operation["operationId"]
        for item in DOCUMENT["paths"].values()
        for operation in item.values()
    }
    assert len(set(calls)) == len(calls)
    assert not others & set(calls)
