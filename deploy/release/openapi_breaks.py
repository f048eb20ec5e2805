"""Find changes between two OpenAPI documents that can break a client of the older one.

A client breaks if an operation, a parameter, a property or an allowed value that it uses is gone,
if something is required that was not, or if a response may lack what it always had. A response may
have new properties and new values: docs/guides/versions.md says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = Mapping[str, Any]

_VERBS = ("get", "post", "put", "patch", "delete")
_UPPER_LIMITS = ("maximum", "maxLength", "maxItems", "maxProperties")
_LOWER_LIMITS = ("minimum", "minLength", "minItems", "minProperties")


@dataclass(slots=True)
class _Documents:
    """The two documents, and the pairs of schemas that are compared already."""

    old: Json
    new: Json
    seen: set[tuple[str, str, bool]] = field(default_factory=set)


def breaks(old: Json, new: Json) -> list[str]:
    """Return a line for each change of `new` that can break a client of `old`."""
    documents = _Documents(old, new)
    found: set[str] = set()
    for path, operations in old["paths"].items():
        for verb in _VERBS:
            if verb not in operations:
                continue
            name = f"{verb.upper()} {path}"
            now = new["paths"].get(path, {}).get(verb)
            if now is None:
                found.add(f"{name}: the operation is gone")
            else:
                found.update(_of_operation(documents, name, operations[verb], now))
    return sorted(found)


def _of_operation(documents: _Documents, name: str, old: Json, new: Json) -> Iterator[str]:
    yield from _of_parameters(documents, name, old, new)
    before, now = old.get("requestBody"), new.get("requestBody")
    if now and now.get("required") and not (before and before.get("required")):
        yield f"{name}: a request body is required"
    yield from _of_contents(documents, f"{name} request", before or {}, now or {}, sent=True)
    for status, response in old["responses"].items():
        if not status.startswith("2"):
            continue
        answer = _resolved(documents.old, response)
        if status not in new["responses"]:
            yield f"{name}: the response {status} is gone"
            continue
        now = _resolved(documents.new, new["responses"][status])
        yield from _of_contents(documents, f"{name} response", answer, now, sent=False)


def _of_parameters(documents: _Documents, name: str, old: Json, new: Json) -> Iterator[str]:
    before = _parameters(documents.old, old)
    now = _parameters(documents.new, new)
    for key in before.keys() - now.keys():
        yield f"{name}: the {key[0]} parameter {key[1]} is gone"
    for key, parameter in now.items():
        was = before.get(key)
        if parameter.get("required") and not (was and was.get("required")):
            yield f"{name}: the {key[0]} parameter {key[1]} is required"
        if was:
            where = f"{name} {key[1]}"
            yield from _of_schema(documents, where, was["schema"], parameter["schema"], sent=True)


def _parameters(document: Json, operation: Json) -> dict[tuple[str, str], Json]:
    found = [_resolved(document, one) for one in operation.get("parameters", ())]
    return {(one["in"], one["name"]): one for one in found}


def _of_contents(
    documents: _Documents, where: str, old: Json, new: Json, *, sent: bool
) -> Iterator[str]:
    """Compare the bodies of a request or a response, by media type."""
    now = new.get("content", {})
    for kind, content in old.get("content", {}).items():
        if kind not in now:
            yield f"{where}: {kind} is gone"
        elif "schema" in content and "schema" in now[kind]:
            yield from _of_schema(documents, where, content["schema"], now[kind]["schema"], sent)


def _of_schema(
    documents: _Documents, where: str, old: Json, new: Json, sent: bool
) -> Iterator[str]:
    names = (old.get("$ref"), new.get("$ref"))
    if names[0]:
        pair = (names[0], names[1] or where, sent)
        if pair in documents.seen:
            return
        documents.seen.add(pair)
        where = f"{'request' if sent else 'response'} {names[0].rpartition('/')[2]}"
    before, now = _resolved(documents.old, old), _resolved(documents.new, new)
    yield from _of_types(where, before, now, sent)
    yield from _of_values(where, before, now, sent)
    yield from _of_properties(documents, where, before, now, sent)
    for part in ("items", "additionalProperties"):
        if isinstance(before.get(part), Mapping) and isinstance(now.get(part), Mapping):
            yield from _of_schema(documents, f"{where}[]", before[part], now[part], sent)


def _of_types(where: str, old: Json, new: Json, sent: bool) -> Iterator[str]:
    """Compare types: a request may allow more, a response may answer with less."""
    before, now = _types(old), _types(new)
    if not before or not now:
        return
    wide, narrow = (now, before) if sent else (before, now)
    if not narrow <= wide:
        yield f"{where}: its type was {'|'.join(sorted(before))} and is {'|'.join(sorted(now))}"
    wide_format, format_ = (old, new)[sent].get("format"), (new, old)[sent].get("format")
    if wide_format and wide_format != format_:
        yield f"{where}: its format was {old.get('format')} and is {new.get('format')}"


def _types(schema: Json) -> set[str]:
    given = schema.get("type")
    types = {given} if isinstance(given, str) else set(given or ())
    parts: Sequence[Json] = schema.get("anyOf") or schema.get("oneOf") or ()
    return types | {str(kind) for part in parts for kind in _types(part)}


def _of_values(where: str, old: Json, new: Json, sent: bool) -> Iterator[str]:
    """Yield the values that requests could have before and cannot have now.

    Yields nothing for responses (`sent` is False), whose values may change.
    """
    if not sent:
        return
    before, now = old.get("enum"), new.get("enum")
    if now is not None:
        gone = set(before or ()) - set(now)
        if before is None:
            yield f"{where}: only some values are allowed"
        for value in sorted(map(str, gone)):
            yield f"{where}: the value {value} is gone"
    for limits, is_narrower in ((_UPPER_LIMITS, _is_less), (_LOWER_LIMITS, _is_more)):
        for limit in limits:
            if limit in new and is_narrower(new[limit], old.get(limit)):
                yield f"{where}: {limit} was {old.get(limit)} and is {new[limit]}"


def _is_less(now: float, before: float | None) -> bool:
    return before is None or now < before


def _is_more(now: float, before: float | None) -> bool:
    return now > (before or 0)


def _of_properties(
    documents: _Documents, where: str, old: Json, new: Json, sent: bool
) -> Iterator[str]:
    before, now = old.get("properties", {}), new.get("properties", {})
    required_before, required_now = set(old.get("required", ())), set(new.get("required", ()))
    for name in before.keys() - now.keys() if now else ():
        yield f"{where}.{name} is gone"
    changed = required_now - required_before if sent else required_before - required_now
    for name in changed & now.keys():
        yield f"{where}.{name} is {'required' if sent else 'not always there'}"
    for name in before.keys() & now.keys():
        yield from _of_schema(documents, f"{where}.{name}", before[name], now[name], sent)


def _resolved(document: Json, node: Json) -> Json:
    """Follow references, and put the parts of an `allOf` together."""
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    if "allOf" not in node:
        return node
    merged: dict[str, Any] = {name: value for name, value in node.items() if name != "allOf"}
    for part in node["allOf"]:
        for name, value in _resolved(document, part).items():
            if name == "properties":
                merged[name] = {**merged.get(name, {}), **value}
            elif name == "required":
                merged[name] = [*merged.get(name, ()), *value]
            else:
                merged.setdefault(name, value)
    return merged
