"""Lists and expanded objects, which are the same for all kinds of Stripe objects."""

import copy

from simulator.edge import Call, Reply, json_reply
from simulator.stripe.errors import StripeError, no_such
from simulator.stripe.forms import Json, nested
from simulator.stripe.session_request import whole_number
from simulator.stripe.state import Stripe

COMPARISONS = {
    "gt": lambda value, limit: value > limit,
    "gte": lambda value, limit: value >= limit,
    "lt": lambda value, limit: value < limit,
    "lte": lambda value, limit: value <= limit,
}


def shown(stripe: Stripe, call: Call, item: Json, status: int = 200) -> Reply:
    """Return an object as a response. The ids named in `expand[]` are replaced by their objects."""
    return json_reply(_expanded(stripe, item, _paths(call)), status)


def page(stripe: Stripe, call: Call, prefix: str, filters: tuple[str, ...] = ()) -> Reply:
    """Return a list, newest first.

    `prefix` is the id prefix of the kind of object. Clients can filter by the fields `filters`.

    Raises:
        StripeError: 400 if the limit is not 1 to 100, 404 if the cursor is unknown.
    """
    query = nested(call.query.pairs)
    limit = whole_number(query.get("limit", "10"), "limit")
    if not 1 <= limit <= 100:
        raise StripeError("`limit` must be between 1 and 100.", param="limit")
    found = [item for item in reversed(stripe.all(prefix)) if _matches(item, query, filters)]
    window, has_more = _window(found, query, limit)
    paths = [path.removeprefix("data.") for path in _paths(call)]
    data = [_expanded(stripe, item, paths) for item in window]
    return json_reply({"object": "list", "url": call.path, "has_more": has_more, "data": data})


def _window(found: list[Json], query: Json, limit: int) -> tuple[list[Json], bool]:
    """Return one page of a list, and whether more objects follow.

    The page comes after the object `starting_after`, or before `ending_before`.
    """
    if "starting_after" in query:
        start = _position(found, query["starting_after"], "starting_after") + 1
        return found[start : start + limit], len(found) > start + limit
    if "ending_before" in query:
        end = _position(found, query["ending_before"], "ending_before")
        return found[max(end - limit, 0) : end], end > limit
    return found[:limit], len(found) > limit


def _position(found: list[Json], key: str, param: str) -> int:
    for position, item in enumerate(found):
        if item["id"] == key:
            return position
    raise no_such("object", key, param)


def _matches(item: Json, query: Json, filters: tuple[str, ...]) -> bool:
    if any(name in query and item.get(name) != query[name] for name in filters):
        return False
    if "types" in query and item.get("type") not in query["types"]:
        return False
    return _created_within(item["created"], query.get("created"))


def _created_within(created: int, asked: Json | str | None) -> bool:
    if asked is None:
        return True
    if isinstance(asked, str):
        return created == whole_number(asked, "created")
    return all(
        COMPARISONS[name](created, whole_number(limit, f"created[{name}]"))
        for name, limit in asked.items()
        if name in COMPARISONS
    )


def _paths(call: Call) -> list[str]:
    return [value for key, value in call.query.pairs + call.form.pairs if key.startswith("expand")]


def _expanded(stripe: Stripe, item: Json, paths: list[str]) -> Json:
    result = copy.copy(item)
    for path in paths:
        _expand(stripe, result, path.split("."))
    return result


def _expand(stripe: Stripe, item: Json, steps: list[str]) -> None:
    name, *rest = steps
    value = item.get(name)
    if isinstance(value, str):
        value = copy.copy(stripe.find(value))
        if value is None:
            return
        item[name] = value
    if rest and isinstance(value, dict):
        _expand(stripe, value, rest)
