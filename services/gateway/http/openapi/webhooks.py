"""Describe the calls to customers' webhook endpoints."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor_pool import Default

from services.gateway.http.openapi.constraints import Schema, item_rules
from services.gateway.http.openapi.schemas import SchemaBook
from services.gateway.http.transcode.rules import rules_of
from smsblaster.webhooks.v1 import endpoints_pb2

_DATA: Mapping[str, str] = {
    "message": "smsblaster.messaging.v1.Message",
    "event_message": "smsblaster.messaging.v1.Message",
    "contact": "smsblaster.contacts.v1.Contact",
    "campaign": "smsblaster.campaigns.v1.Campaign",
    "balance.low": "smsblaster.webhooks.v1.LowBalanceData",
    "balance.topped_up": "smsblaster.billing.v1.Transaction",
    "import": "smsblaster.contacts.v1.ImportJob",
    "export": "smsblaster.messaging.v1.Export",
    "registration": "smsblaster.webhooks.v1.RegistrationChangedData",
    "number": "smsblaster.messaging.v1.PhoneNumber",
}
"""The message in the events of a type, or of all types whose first word it is."""

_SIGNATURE = (
    "Signatures as Standard Webhooks defines them, separated by blanks: `v1,` and the base64 of the"
    " HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>`."
)
_HEADERS: Mapping[str, str] = {
    "webhook-id": "The event's id. It is the same in repeats of the event.",
    "webhook-timestamp": "The time of the call, in seconds since 1970.",
    "webhook-signature": _SIGNATURE,
}
_ANSWERS = {
    "2XX": {"description": "The event is delivered."},
    "410": {"description": "The endpoint wants no more calls, and is disabled."},
    "default": {"description": "The call is made again later, for about three days."},
}


def event_types() -> tuple[str, ...]:
    """Return the types of events that an endpoint can choose."""
    request = endpoints_pb2.CreateWebhookEndpointRequest.DESCRIPTOR
    field: Any = request.fields_by_name["event_types"]
    return tuple(getattr(item_rules(rules_of(field)).string, "in"))


def data_of(type_: str) -> Descriptor:
    """Return the message type of the data of events of the type `type_`."""
    name = _DATA.get(type_) or _DATA[type_.partition(".")[0]]
    found: Descriptor = Default().FindMessageTypeByName(name)
    return found


def webhooks(book: SchemaBook) -> dict[str, Any]:
    """Return the section `webhooks` of the document."""
    return {type_: {"post": _call(type_, book)} for type_ in event_types()}


def _call(type_: str, book: SchemaBook) -> dict[str, Any]:
    return {
        "operationId": _operation(type_),
        "summary": f"Called for {type_}",
        "description": (
            f"Your endpoint is called with this request when {type_} happens, at least once and in"
            " any order. Names and download links in data are null."
        ),
        "tags": ["Webhook endpoint"],
        "security": [],  # your endpoint checks the signature instead
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": description,
                "schema": {"type": "string"},
            }
            for name, description in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _body(type_, book)}},
        },
        "responses": _ANSWERS,
    }


def _body(type_: str, book: SchemaBook) -> Schema:
    properties: dict[str, Schema] = {
        "id": {"type": "string", "format": "uuid", "description": "The event's id."},
        "type": {"type": "string", "const": type_, "description": "What happened."},
        "version": {"type": "string", "const": "1", "description": "The version of the payload."},
        "timestamp": {
            "type": "string",
            "format": "date-time",
            "description": "When it happened.",
        },
        "testMode": {
            "type": "boolean",
            "description": "Whether it happened in test mode, so that no text was really sent.",
        },
        "data": book.message(data_of(type_), "output"),
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _operation(type_: str) -> str:
    words = type_.replace(".", "_").split("_")
    return "on" + "".join(word.capitalize() for word in words)
