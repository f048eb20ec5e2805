"""Describe methods as OpenAPI operations."""

import re
from http import HTTPStatus
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from servicekit.problems import PROBLEM_TYPE
from services.gateway.http.contract import Method
from services.gateway.http.key_scopes import scope_for
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.constraints import Schema
from services.gateway.http.openapi.schemas import SchemaBook, required_names
from services.gateway.http.session_cookies import has_refresh_token
from services.gateway.http.transcode import names
from services.gateway.http.transcode.field_options import if_match_field, is_gateway_filled
from services.gateway.http.versions import has_version
from smsblaster.options.v1 import access_pb2

_CALLERS = {
    access_pb2.CALLER_PUBLIC: "No sign-in needed.",
    access_pb2.CALLER_MEMBER: "For members of the organisation.",
    access_pb2.CALLER_ORG_ADMIN: "For the organisation's owner and admins.",
    access_pb2.CALLER_PLATFORM_ADMIN: "For operators of the platform.",
}
PROBLEM_STATUSES = (400, 401, 402, 403, 404, 409, 410, 412, 413, 414, 415, 422, 429, 431, 500, 503)
_STATUS_IN_COMMENT = re.compile(r"\b(4\d\d|503)\b")


def tag_of(method: Method) -> str:
    """Return the tag of a method: "Contact list" for ContactListService."""
    name = method.descriptor.containing_service.name.removesuffix("Service")
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def operation(method: Method, book: SchemaBook) -> dict[str, Any]:
    """Return the operation of a method. Its schemas are added to `book`."""
    comment = comment_of(method.descriptor.full_name)
    found: dict[str, Any] = {
        "operationId": method.descriptor.name[0].lower() + method.descriptor.name[1:],
        "tags": [tag_of(method)],
        "summary": comment.split(". ")[0].rstrip("."),
        "description": f"{comment}\n\n{_callers(method)}",
        "parameters": _parameters(method, book),
        "responses": {**_success(method, book), **_problems(method, comment)},
        "security": _security(method),
        "x-rate-class": access_pb2.RateClass.Name(method.access.rate_class)
        .removeprefix("RATE_CLASS_")
        .lower(),
    }
    body = _body(method, book)
    return {**found, "requestBody": body} if body else found


def _security(method: Method) -> list[dict[str, Any]]:
    if method.is_public:
        return []
    by_session: list[dict[str, Any]] = [{"bearer": []}]
    by_key: list[dict[str, Any]] = [{"apiKey": []}]
    return by_session + by_key if scope_for(method.access) else by_session


def _callers(method: Method) -> str:
    """Return a sentence that says who may call a method."""
    who = _CALLERS[method.access.caller]
    scope = None if method.is_public else scope_for(method.access)
    return f"{who} An API key needs the scope `{scope}`." if scope else who


def _parameters(method: Method, book: SchemaBook) -> list[dict[str, Any]]:
    fields = [f for f in method.descriptor.input_type.fields if not is_gateway_filled(f)]
    in_path = [f for f in fields if f.json_name in method.variables]
    in_query = [] if method.has_body else [f for f in fields if f not in in_path]
    required = required_names(method.descriptor.input_type)
    found = [_parameter(f, "path", book, required=True) for f in in_path]
    found += [_parameter(f, "query", book, required=f.json_name in required) for f in in_query]
    if method.verb == "POST" and not (method.is_public or method.answers_secret):
        found.append({"$ref": "#/components/parameters/IdempotencyKey"})
    if if_match_field(method.descriptor.input_type):
        found.append({"$ref": "#/components/parameters/IfMatch"})
    if method.is_public and _moves_refresh_token(method):
        found.append({"$ref": "#/components/parameters/Session"})
    return found


def _moves_refresh_token(method: Method) -> bool:
    ends = (method.descriptor.input_type, method.descriptor.output_type)
    return any(has_refresh_token(message) for message in ends)


def _parameter(
    field: FieldDescriptor, place: str, book: SchemaBook, *, required: bool
) -> dict[str, Any]:
    schema = book.field(field, "input")
    return {
        "name": field.json_name,
        "in": place,
        "required": required,
        "description": schema.pop("description"),
        "schema": schema,
    }


def _body(method: Method, book: SchemaBook) -> dict[str, Any] | None:
    message = method.descriptor.input_type
    fields = [
        f
        for f in message.fields
        if f.json_name not in method.variables and not is_gateway_filled(f)
    ]
    if not method.has_body or not fields:
        return None
    if method.uploads:
        return {
            "required": True,
            "content": {"multipart/form-data": {"schema": _form(method, book)}},
        }
    schema = book.body(message, method.variables, clears=method.verb == "PATCH")
    required = set(required_names(message)) - set(method.variables)
    return {"required": bool(required), "content": {"application/json": {"schema": schema}}}


def _form(method: Method, book: SchemaBook) -> Schema:
    """Return the schema of an upload's form: its fields, then its file."""
    message = method.descriptor.input_type
    properties = {
        f.json_name: _form_field(f, book)
        for f in message.fields
        if f.json_name not in method.variables and not names.holds_file(f)
    }
    properties["file"] = {
        "description": comment_of(f"{message.full_name}.file")
        + " It must be the last part of the form.",
        "type": "string",
        "contentMediaType": "application/octet-stream",
    }
    return {"type": "object", "properties": properties, "required": ["file"]}


def _form_field(field: FieldDescriptor, book: SchemaBook) -> Schema:
    schema = book.field(field, "input")
    if not names.is_map(field):
        return schema
    return {
        "description": f"{schema.pop('description')} Written as JSON.",
        "type": "string",
        "contentMediaType": "application/json",
        "contentSchema": schema,
    }


def _success(method: Method, book: SchemaBook) -> dict[str, Any]:
    status = method.success_status
    answer: dict[str, Any] = {"description": comment_of(method.descriptor.output_type.full_name)}
    if method.downloads:
        answer = {"description": "The file.", "content": {"*/*": {}}}
    elif status != 204:
        schema = book.message(method.descriptor.output_type, "output")
        answer["content"] = {"application/json": {"schema": schema}}
        if has_version(method.descriptor.output_type):
            answer["headers"] = {"ETag": {"$ref": "#/components/headers/ETag"}}
    answer["description"] = answer["description"] or HTTPStatus(status).phrase
    return {str(status): answer, **_deferred(method, book)}


def _deferred(method: Method, book: SchemaBook) -> dict[str, Any]:
    """Return the response that a download may give instead of its file."""
    if method.deferred_type is None:
        return {}
    schema = book.message(method.deferred_type, "output")
    answer = {
        "description": comment_of(method.deferred_type.full_name),
        "content": {"application/json": {"schema": schema}},
    }
    return {"202": answer}


def _problems(method: Method, comment: str) -> dict[str, Any]:
    """Return the problems of a method: the ones in its comments, and the general ones."""
    text = f"{comment_of(method.descriptor.containing_service.full_name)} {comment}"
    statuses = {int(status) for status in _STATUS_IN_COMMENT.findall(text)}
    statuses |= {400, 414, 422, 429, 431, 500, 503}
    if method.has_body:
        statuses |= {413, 415}
    if not method.is_public:
        statuses |= {401, 403}
    if method.verb == "POST" and not method.is_public:
        statuses |= {409}
    if if_match_field(method.descriptor.input_type):
        statuses |= {412}
    return {
        str(status): {"$ref": f"#/components/responses/Problem{status}"}
        for status in sorted(statuses)
    }


def problem_responses() -> dict[str, Any]:
    """Return the responses that operations refer to, one for each status of a problem."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        f"Problem{status}": {"description": HTTPStatus(status).phrase, "content": content}
        for status in PROBLEM_STATUSES
    }
