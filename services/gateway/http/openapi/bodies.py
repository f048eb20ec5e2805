"""Describe the parameters and the bodies of requests."""

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from servicekit.api_json import names
from services.gateway.http.contract import Method
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.constraints import Schema
from services.gateway.http.openapi.examples import example_of
from services.gateway.http.openapi.groups import group_rules
from services.gateway.http.openapi.schemas import SchemaBook, required_names
from services.gateway.http.session_cookies import has_refresh_token
from services.gateway.http.transcode.field_options import if_match_field, is_gateway_filled
from services.gateway.http.uploads import CSV, FORM

_KEY = {"$ref": "#/components/parameters/IdempotencyKey"}
_IF_MATCH = {"$ref": "#/components/parameters/IfMatch"}
_SESSION = {"$ref": "#/components/parameters/Session"}


def takes_key(method: Method) -> bool:
    """Return whether requests to the method can have an idempotency key."""
    return method.verb == "POST" and not (method.is_public or method.answers_secret)


def parameters(method: Method, book: SchemaBook) -> list[dict[str, Any]]:
    """Return the parameters of a method. Their schemas are added to `book`."""
    fields = [f for f in method.descriptor.input_type.fields if not is_gateway_filled(f)]
    in_path = [f for f in fields if f.json_name in method.variables]
    in_query = [] if method.has_body and not method.uploads else _others(method)
    required = required_names(method.descriptor.input_type)
    found = [_parameter(f, "path", book, required=True) for f in in_path]
    for field in in_query:
        needed = field.json_name in required and not method.uploads
        found.append(_parameter(field, "query", book, required=needed))
    if if_match_field(method.descriptor.input_type):
        found.append(_IF_MATCH)
    if takes_key(method):
        found.append(_KEY)
    if method.is_public and _moves_refresh_token(method):
        found.append(_SESSION)
    return found


def _moves_refresh_token(method: Method) -> bool:
    ends = (method.descriptor.input_type, method.descriptor.output_type)
    return any(has_refresh_token(end.fields_by_name) for end in ends)


def body(method: Method, book: SchemaBook) -> dict[str, Any] | None:
    """Return the body of a method's requests, or None if it has none."""
    if not method.has_body or not _others(method):
        return None
    if method.uploads:
        content = {
            FORM: {"schema": _form(method, book)},
            CSV: {"schema": _FILE, "example": _CSV_EXAMPLE},
        }
        return {"required": True, "content": content}
    message = method.descriptor.input_type
    schema = book.body(message, method.variables, clears=method.verb == "PATCH")
    is_required = method.needs_body or bool(
        set(required_names(message)) - set(method.variables) or group_rules(message)
    )
    content = {"schema": schema, "example": example_of(message, "input", method.variables)}
    return {"required": is_required, "content": {"application/json": content}}


_FILE: Schema = {"type": "string", "format": "binary"}
_CSV_EXAMPLE = "Name,Phone\r\nAnn,+14155550123\r\n"


def _others(method: Method) -> list[FieldDescriptor]:
    """Return the request fields that are neither in the path nor the uploaded file."""
    return [
        field
        for field in method.descriptor.input_type.fields
        if field.json_name not in method.variables
        and not names.holds_file(field)
        and not is_gateway_filled(field)
    ]


def _parameter(
    field: FieldDescriptor, place: str, book: SchemaBook, *, required: bool
) -> dict[str, Any]:
    schema = _as_text(field, book)
    found = {
        "name": field.json_name,
        "in": place,
        "required": required,
        "description": schema.pop("description"),
        "schema": schema,
    }
    if field.is_repeated and not names.is_map(field):
        found |= {"style": "form", "explode": True}
        found["description"] += " Repeat the parameter for several values."
    if schema.pop("deprecated", False):
        found["deprecated"] = True
    return found


def _form(method: Method, book: SchemaBook) -> Schema:
    """Return the schema of an upload's form: its fields and its file, in any order."""
    message = method.descriptor.input_type
    properties = {field.json_name: _as_text(field, book) for field in _others(method)}
    properties["file"] = {"description": comment_of(f"{message.full_name}.file"), **_FILE}
    return {"type": "object", "properties": properties, "required": ["file"]}


def _as_text(field: FieldDescriptor, book: SchemaBook) -> Schema:
    """Return the schema of a field that is sent as text: an object is written as JSON."""
    schema = book.field(field, "input")
    if not names.is_map(field):
        return schema
    return {
        "description": f"{schema.pop('description')} Written as JSON.",
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": schema,
    }
