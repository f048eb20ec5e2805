"""Find the route that returns what another route has created or started."""

from collections.abc import Mapping

import orjson

from services.gateway.http.contract import Method, public_methods

_MADE = (201, 202)


def location_template(method: Method) -> str | None:
    """Return the path of what `method` creates or starts, or None if no route returns it.

    The path's last variable is the id in the response. The other variables are those of the
    method's own path.
    """
    if method.verb != "POST" or method.success_status not in _MADE:
        return None
    if method.access.location:
        return method.access.location
    kind = method.descriptor.output_type
    for other in public_methods():
        is_same = other.verb == "GET" and other.descriptor.output_type is kind
        own, has_id = other.variables[:-1], "id" in kind.fields_by_name
        if is_same and (has_id or not other.variables) and set(own) <= set(method.variables):
            return other.path
    return None


def location_of(template: str, path: Mapping[str, str], body: bytes) -> str:
    """Return the value of ``Location`` for the response `body`.

    `path` has the path variables of the request.
    """
    if "{" not in template:
        return template
    head, _, _ = template.rpartition("{")
    made: str = orjson.loads(body)["id"]
    return head.format(**path) + made
