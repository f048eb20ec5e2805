"""The public hosts: their routes, their limits, and what is not on them."""

import re
from typing import Any

import pytest

from services.gateway.http.app import MAX_BODY_BYTES
from services.gateway.http.contract import public_methods
from services.webhooks.http import requests as webhook_requests
from tests.deploy.manifests import EXAMPLE, of_kind

METHODS = public_methods()
FILES = [method for method in METHODS if method.uploads or method.downloads]
SIZES = {"Ki": 1024, "Mi": 1024 * 1024}


def rules_of(path: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the rules of the public host that match `path`, by route; the most exact one first."""
    order = ("Exact", "RegularExpression", "PathPrefix")
    found = [
        (order.index(kind), -len(value), route, rule)
        for route in ("app", "files", "stream")
        for rule in of_kind(EXAMPLE, "HTTPRoute")[route]["spec"]["rules"]
        for kind, value in ((m["path"]["type"], m["path"]["value"]) for m in rule["matches"])
        if _matches(kind, value, path)
    ]
    return [(route, rule) for *_, route, rule in sorted(found, key=lambda one: one[:2])]


def _matches(kind: str, value: str, path: str) -> bool:
    if kind == "PathPrefix":
        return path.startswith(f"{value.rstrip('/')}/")
    return bool(re.fullmatch(value if kind == "RegularExpression" else re.escape(value), path))


def seconds(rule: dict[str, Any]) -> float:
    return float(rule["timeouts"]["request"].removesuffix("s"))


@pytest.mark.parametrize("host", ["app", "files", "stream", "hooks"])
def test_only_the_host_of_the_operators_has_routes_for_operators(host: str) -> None:
    services = of_kind(EXAMPLE, "Service")
    for rule in of_kind(EXAMPLE, "HTTPRoute")[host]["spec"]["rules"]:
        paths = [match["path"]["value"] for match in rule["matches"]]
        [backend] = rule["backendRefs"]
        assert ("selector" in services[backend["name"]]["spec"]) == (paths != ["/api/admin"])


def test_requests_of_operators_lead_nowhere_on_the_public_host() -> None:
    paths = [method.path for method in METHODS if method.path.startswith("/api/admin/")]
    assert paths
    assert {rules_of(path)[0][1]["backendRefs"][0]["name"] for path in paths} == {"nowhere"}


def test_only_the_networks_of_operators_can_call_their_host() -> None:
    policy = of_kind(EXAMPLE, "SecurityPolicy")["operators"]["spec"]
    assert policy["authorization"]["defaultAction"] == "Deny"
    assert [ref["name"] for ref in policy["targetRefs"]] == ["operators"]


@pytest.mark.parametrize("method", FILES, ids=lambda method: method.operation_id)
def test_a_file_may_take_as_long_as_the_gateway_allows(method: Any) -> None:
    route, rule = rules_of(re.sub(r"\{\w+\}", "some-id", method.path))[0]
    assert route == "files"
    assert seconds(rule) >= method.call_seconds


def test_the_proxy_waits_longer_than_every_call_lasts() -> None:
    others = [method for method in METHODS if method not in FILES]
    public = [method for method in others if not method.path.startswith("/api/admin/")]
    for method in public:
        _, rule = rules_of(re.sub(r"\{\w+\}", "some-id", method.path))[0]
        assert 600 >= seconds(rule) > method.call_seconds


def test_every_route_of_the_proxy_has_a_timeout() -> None:
    for route in of_kind(EXAMPLE, "HTTPRoute").values():
        for rule in route["spec"]["rules"]:
            if rule["backendRefs"][0]["name"] != "nowhere":
                assert 0 < seconds(rule) <= 660


def test_the_proxy_refuses_bodies_that_an_edge_would_refuse_and_buffers_no_file() -> None:
    limits: dict[str, int | None] = {}
    for policy in of_kind(EXAMPLE, "BackendTrafficPolicy").values():
        text = policy["spec"].get("requestBuffer", {}).get("limit")
        size = int(text[:-2]) * SIZES[text[-2:]] if text else None
        limits |= {ref["name"]: size for ref in policy["spec"]["targetRefs"]}
    assert limits == {
        "edges": None,
        "app": MAX_BODY_BYTES,
        "operators": MAX_BODY_BYTES,
        "hooks": webhook_requests.MAX_BODY_BYTES,
    }


def test_the_proxy_leaves_paths_as_they_were_sent() -> None:
    path = of_kind(EXAMPLE, "ClientTrafficPolicy")["edges"]["spec"]["path"]
    assert path == {"escapedSlashesAction": "KeepUnchanged", "disableMergeSlashes": True}
