"""Describe the problems that methods answer with, and their codes."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from servicekit.problems import PROBLEM_PAGES, PROBLEM_TYPE, STATUS_TITLES
from services.gateway.domain.problem_codes import ProblemCode, problem_code, problem_codes
from services.gateway.http.contract import Method, public_methods
from services.gateway.http.openapi.comments import comment_of
from services.gateway.http.openapi.headers import problem_headers
from services.gateway.http.transcode.field_options import if_match_field

# The code that comes with a status if the method's comment names none.
_USUAL: Mapping[int, str] = {
    400: "malformed_json",
    401: "unauthenticated",
    402: "insufficient_balance",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    410: "gone",
    412: "version_mismatch",
    413: "payload_too_large",
    414: "address_too_long",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "rate_limited",
    431: "headers_too_large",
    500: "internal_error",
    503: "service_unavailable",
}
_STATUS = re.compile(r"\b(4\d\d|503)\b")
_CODE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_ERRORS = re.compile(r"\bErrors:(.*)", re.DOTALL)
_SCHEMA = {"$ref": "#/components/schemas/Problem"}


def problem_components() -> dict[str, Any]:
    """Return the responses for problems, one for each status, to which operations refer."""
    return {
        f"Problem{status}": _response(STATUS_TITLES[status], status, [known])
        for status, code in _USUAL.items()
        if (known := problem_code(code))
    }


def problem_examples() -> dict[str, Any]:
    """Return an example of each error code, also of ``_not_found`` codes in comments."""
    told = {known.code: known for method in public_methods() for known in _codes(_comments(method))}
    return {
        code: {"summary": known.meaning, "value": _example(known)}
        for code, known in sorted({**problem_codes(), **told}.items())
    }


def problems(method: Method) -> dict[str, Any]:
    """Return the problem responses of a method: those of its comments and those of all methods."""
    comments = _comments(method)
    told = _codes(comments)
    return {
        str(status): _problem(status, [known for known in told if known.status == status])
        for status in sorted(_statuses(method, comments))
    }


def _comments(method: Method) -> list[str]:
    """Return the comments on the method and on its service, in which errors are named.

    The service's comment is all about errors.
    """
    descriptor = method.descriptor
    service = comment_of(descriptor.containing_service.full_name)
    return [f"Errors: {service}", comment_of(descriptor.full_name)]


def _statuses(method: Method, comments: Iterable[str]) -> set[int]:
    statuses = {int(status) for text in comments for status in _STATUS.findall(text)}
    statuses |= {400, 414, 422, 429, 431, 500, 503}
    if method.has_body:
        statuses |= {413, 415}
    if if_match_field(method.descriptor.input_type):
        statuses |= {412}
    if not method.is_public:
        statuses |= {401, 403}
    if method.verb == "POST" and not method.is_public:
        statuses |= {409}
    return statuses


def _codes(comments: Iterable[str]) -> list[ProblemCode]:
    """Return the error codes in the comments, each once."""
    texts = (_ERRORS.search(comment) for comment in comments)
    names = dict.fromkeys(code for text in texts if text for code in _CODE.findall(text[1]))
    return [known for name in names if (known := problem_code(name))]


def _problem(status: int, told: list[ProblemCode]) -> dict[str, Any]:
    if not told:
        return {"$ref": f"#/components/responses/Problem{status}"}
    codes = ", ".join(f"`{known.code}`" for known in told)
    return _response(f"{STATUS_TITLES[status]}, for example {codes}", status, told)


def _response(description: str, status: int, codes: list[ProblemCode]) -> dict[str, Any]:
    examples = {known.code: {"$ref": f"#/components/examples/{known.code}"} for known in codes}
    return {
        "description": description,
        "headers": problem_headers(status),
        "content": {PROBLEM_TYPE: {"schema": _SCHEMA, "examples": examples}},
    }


def _example(known: ProblemCode) -> dict[str, Any]:
    example: dict[str, Any] = {
        "type": f"{PROBLEM_PAGES}/{known.code}",
        "title": STATUS_TITLES[known.status],
        "status": known.status,
        "detail": known.meaning,
        "code": known.code,
        "requestId": "0192f0c1-8d2e-7c3a-9b1f-2a4c6e8f0a1b",
    }
    if known.code == "invalid_request":
        example["errors"] = [{"field": "phone", "message": "must not be empty"}]
    return example
