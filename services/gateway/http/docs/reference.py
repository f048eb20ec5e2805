"""The reference of the operations, as the pages show it. It is read from the API document."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

from services.gateway.domain.problem_codes import ProblemCode, problem_code
from services.gateway.http.contract import Method, public_methods
from services.gateway.http.docs.fields import Field, field, fields_of, resolved
from services.gateway.http.docs.links import address_of, operation_address
from services.gateway.http.docs.markdown import Code, code, highlighted, prose
from services.gateway.http.key_scopes import scope_for
from services.gateway.http.openapi.document import document
from services.gateway.http.openapi.operation_groups import Group, group_of, place_of, tag_of
from smsblaster.options.v1 import access_pb2

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WRITTEN = {"api": "API", "sms": "SMS", "a2p": "A2P"}
_ERRORS = re.compile(r"\s*\bErrors: (.*)", re.DOTALL)
_CODE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")
_PLACES = {"path": "In the path", "query": "In the query string", "header": "In headers"}
_SIGNED_IN = {
    access_pb2.CALLER_MEMBER: "a signed-in member",
    access_pb2.CALLER_ORG_ADMIN: "a signed-in owner or admin",
    access_pb2.CALLER_PLATFORM_ADMIN: "an operator of the platform",
}
_LANGUAGES = {"Shell": "sh", "Python": "python", "TypeScript": "typescript"}


@dataclass(frozen=True, slots=True)
class Fields:
    """Fields with a heading: the parameters in the path or in the query, or a body of one type."""

    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful response."""

    status: str
    html: str
    fields: tuple[Field, ...]
    headers: tuple[Field, ...]
    example: str
    kind: str


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation with everything that its description shows."""

    id: str
    title: str
    verb: str
    path: str
    tag: str
    summary: str
    address: str
    is_deprecated: bool
    html: str
    needs: str
    limit: str
    inputs: tuple[Fields, ...]
    answers: tuple[Answer, ...]
    errors_html: str
    errors: tuple[ProblemCode, ...]
    samples: tuple[Code, ...]


@cache
def entries() -> tuple[tuple[Method, Group], ...]:
    """Return all methods with their groups, in the order of the reference."""
    return tuple((each, group_of(each)) for each in sorted(public_methods(), key=place_of))


def title_of(operation_id: str) -> str:
    """Return the title of an operation: "Send text" for ``sendText``."""
    words = [_WRITTEN.get(word.lower(), word.lower()) for word in _WORD.split(operation_id)]
    return " ".join([words[0].capitalize(), *words[1:]])


def summary_of(method: Method) -> str:
    """Return the summary of a method in the document."""
    return str(_described(method)["summary"])


@cache
def operations(group: str, base: str) -> tuple[Operation, ...]:
    """Return the operations of a group, in their order, with samples for the gateway at `base`."""
    return tuple(_operation(method, of, base) for method, of in entries() if of.name == group)


def _described(method: Method) -> Any:
    return document()["paths"][method.path][method.verb.lower()]


def _operation(method: Method, group: Group, base: str) -> Operation:
    found = _described(method)
    comment, _, _ = found["description"].partition("\n\n")
    told = _ERRORS.search(comment)
    return Operation(
        id=method.operation_id,
        title=title_of(method.operation_id),
        verb=method.verb,
        path=method.path,
        tag=tag_of(method),
        summary=found["summary"],
        address=operation_address(group.name, method.operation_id),
        is_deprecated=bool(found.get("deprecated")),
        html=prose(_ERRORS.sub("", comment), address_of),
        needs=_needs(method),
        limit=found["x-rate-class"],
        inputs=tuple(_inputs(found)),
        answers=tuple(_answers(found)),
        errors_html=prose(_marked(told[1]), address_of) if told else "",
        errors=tuple(_errors(found)),
        samples=tuple(
            code(each["source"].replace("$BASE", base), _LANGUAGES[each["lang"]])
            for each in found["x-codeSamples"]
        ),
    )


def _marked(text: str) -> str:
    """Return `text` with the codes of problems in backticks."""
    return _CODE.sub(lambda word: f"`{word[0]}`" if problem_code(word[0]) else word[0], text)


def _needs(method: Method) -> str:
    if method.is_public:
        return "nothing: no token, no key"
    who = _SIGNED_IN[method.access.caller]
    scope = scope_for(method.access)
    return f"an API key with the scope <code>{scope}</code>, or {who}" if scope else who


def _inputs(found: Mapping[str, Any]) -> Iterator[Fields]:
    yield from _parameters(found, "path")
    yield from _parameters(found, "query")
    for kind, content in found.get("requestBody", {}).get("content", {}).items():
        yield Fields(f"Body ({kind})", fields_of(content["schema"]))
    yield from _parameters(found, "header")


def _parameters(found: Mapping[str, Any], place: str) -> Iterator[Fields]:
    given = [resolved(each) for each in found["parameters"]]
    rows = tuple(_parameter(each) for each in given if each["in"] == place)
    if rows:
        yield Fields(_PLACES[place], rows)


def _parameter(given: Mapping[str, Any]) -> Field:
    schema = {**given["schema"], "description": given["description"]}
    schema["deprecated"] = given.get("deprecated", False)
    return field(given["name"], schema, required=given["required"])


def _answers(found: Mapping[str, Any]) -> Iterator[Answer]:
    for status, given in found["responses"].items():
        if int(status) < HTTPStatus.BAD_REQUEST:
            content: dict[str, dict[str, Any]] = given.get("content", {})
            kind, body = next(iter(content.items()), ("", {}))
            yield Answer(
                status=f"{status} {HTTPStatus(int(status)).phrase}",
                html=prose(given["description"], address_of),
                fields=fields_of(body["schema"]) if body else (),
                headers=tuple(_header(*each) for each in given["headers"].items()),
                example=_example(body.get("example")),
                kind=kind,
            )


def _header(name: str, given: Mapping[str, Any]) -> Field:
    header = resolved(given)
    schema = {**header["schema"], "description": header["description"]}
    return field(name, schema, required=False)


def _example(value: object) -> str:
    if value is None or isinstance(value, str):
        return highlighted(value or "", "text")
    return highlighted(json.dumps(value, indent=2, ensure_ascii=False), "json")


def _errors(found: Mapping[str, Any]) -> Iterator[ProblemCode]:
    """Yield the codes that the operation names, by status."""
    for given in found["responses"].values():
        for kind, content in given.get("content", {}).items():
            if kind == "application/problem+json":
                yield from filter(None, map(problem_code, content["examples"]))
