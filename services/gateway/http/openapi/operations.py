"""Describe the contract's methods as OpenAPI operations."""

from typing import Any

from servicekit.modes import NotInTestMode
from servicekit.rpc.access import is_live_only
from services.gateway.http.contract import Method
from services.gateway.http.deprecations import deprecation_of
from services.gateway.http.key_scopes import scope_for
from services.gateway.http.openapi.bodies import body, parameters
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.operation_groups import tag_of
from services.gateway.http.openapi.responses import responses
from services.gateway.http.openapi.samples import samples
from services.gateway.http.openapi.schemas import SchemaBook
from smsblaster.options.v1 import access_pb2

_CALLERS = {
    access_pb2.CALLER_PUBLIC: "No sign-in needed.",
    access_pb2.CALLER_MEMBER: "For members of the organisation.",
    access_pb2.CALLER_ORG_ADMIN: "For the organisation's owner and admins.",
    access_pb2.CALLER_PLATFORM_ADMIN: "For operators of the platform.",
}


def operation(method: Method, book: SchemaBook) -> dict[str, Any]:
    """Return the operation of a method. Its schemas are added to `book`."""
    comment = comment_of(method.descriptor.full_name)
    found: dict[str, Any] = {
        "operationId": method.operation_id,
        "tags": [tag_of(method)],
        "summary": comment.split(". ")[0].rstrip("."),
        "description": f"{comment}\n\n{_callers(method)}",
        "parameters": parameters(method, book),
        "responses": responses(method, book),
        "security": _security(method),
        "x-rate-class": access_pb2.RateClass.Name(method.access.rate_class)
        .removeprefix("RATE_CLASS_")
        .lower(),
    }
    deprecation = deprecation_of(method.descriptor)
    if deprecation is not None:
        found["deprecated"] = True
        found["description"] += f"\n\n{deprecation.words()}"
    sent = body(method, book)
    if sent:
        found["requestBody"] = sent
    return {**found, "x-codeSamples": samples(method, sent)}


def _security(method: Method) -> list[dict[str, Any]]:
    if method.is_public:
        return []
    by_session: list[dict[str, Any]] = [{"bearer": []}]
    by_key: list[dict[str, Any]] = [{"apiKey": []}]
    return by_session + by_key if scope_for(method.access) else by_session


def _callers(method: Method) -> str:
    """Return sentences that say who may call a method, and in which mode."""
    said = [_CALLERS[method.access.caller]]
    scope = None if method.is_public else scope_for(method.access)
    if scope:
        said.append(f"An API key needs the scope `{scope}`.")
    if is_live_only(method.access):
        said.append(f"Not possible in test mode: 403 {NotInTestMode.default_code}.")
    return " ".join(said)
