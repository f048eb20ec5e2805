"""The documentation is complete, its links lead somewhere, and its pages are small."""

import base64
import gzip
import hashlib
import re
import weakref
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from services.gateway.domain.problem_codes import problem_codes
from services.gateway.http.contract import public_methods
from services.gateway.http.docs.guides import FOLDER, guides
from services.gateway.http.docs.links import address_of
from services.gateway.http.docs.pages import DocsPages
from services.gateway.http.openapi.document import document
from services.gateway.http.openapi.operation_groups import groups, service_of
from services.gateway.settings import GatewaySettings
from services.gateway.tests.members import Client, problem

_MOST_BYTES = 300_000
_ADDRESSES = (
    "/api/docs",
    *(each.address for part in guides().values() for each in part),
    *(f"/api/docs/reference/{group.name}" for group in groups()),
    "/api/problems",
)


class Page(HTMLParser):
    """The ids and links of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if identifier := values.get("id"):
            assert identifier not in self.ids, f"{identifier} is there twice"
            self.ids.add(identifier)
        if tag == "a":
            self.links.append(str(values["href"]))

    def handle_data(self, data: str) -> None:
        self.text += data


Pages = Callable[[str], Page]
"""Returns the page at an address."""


@pytest.fixture(scope="module")
def page(gateway_url: str) -> Pages:
    @cache
    def read(address: str) -> Page:
        answer = httpx.get(gateway_url + address)
        assert answer.status_code == 200, address
        return Page(answer.text)

    return read


def operations() -> list[tuple[str, str, Any]]:
    paths = document()["paths"].items()
    return [(path, verb.upper(), each) for path, item in paths for verb, each in item.items()]


@pytest.mark.parametrize("address", _ADDRESSES)
def test_a_page_allows_only_its_own_style_and_script(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = answer.headers["Content-Security-Policy"]
    for kind in ("style", "script"):
        [text] = re.findall(rf"<{kind}>(.*?)</{kind}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert " style=" not in answer.text
    assert not re.findall(r"<[^>]* on\w+=", answer.text)


@pytest.mark.parametrize("address", _ADDRESSES)
def test_every_link_of_a_page_leads_to_a_page_and_a_place_on_it(page: Pages, address: str) -> None:
    for link in page(address).links:
        if link.startswith("https://") or link in {"/api/openapi.json", "#main"}:
            continue
        target, _, anchor = link.partition("#")
        found = page(target or address)
        assert not anchor or anchor in found.ids, f"{address} links to {link}"


@pytest.mark.parametrize("address", [*_ADDRESSES, "/api/docs/search.json"])
def test_each_page_is_compressed_and_smaller_than_the_limit(client: Client, address: str) -> None:
    with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(sent) < _MOST_BYTES
    assert client.get(address, headers={"Accept-Encoding": "identity"}).content == gzip.decompress(
        sent
    )


def test_every_operation_is_described_once(page: Pages) -> None:
    shown = [each for group in groups() for each in page(f"/api/docs/reference/{group.name}").ids]
    for path, verb, operation in operations():
        assert shown.count(operation["operationId"]) == 1, f"{verb} {path}"


def test_old_links_to_operations_lead_to_their_rows(page: Pages) -> None:
    assert {each["operationId"] for *_, each in operations()} <= page("/api/docs").ids


def test_an_operation_is_described_with_everything_that_a_caller_needs(
    page: Pages,
) -> None:
    text = " ".join(page("/api/docs/reference/messages").text.split())
    assert "Needs an API key with the scope send, or a signed-in member" in text
    assert "Twilio gave the message to the carrier." in text, "the meaning of a value"
    assert problem_codes()["price_changed"].advice in text.replace("`", "")
    assert '"status": "delivered"' in text, "an example of a response"
    assert "Idempotency-Replayed" in text, "a header of a response"
    for label in ("curl", "Python", "TypeScript"):
        assert label in text


def test_what_is_deprecated_is_marked_with_what_to_use_instead(page: Pages) -> None:
    text = " ".join(page("/api/docs/reference/conversations").text.split())
    assert "deprecated Another name for search. Deprecated since 2026-12-01. Use search." in text


def test_samples_have_the_address_of_the_gateway(client: Client) -> None:
    for address in ("/api/docs", "/api/docs/guides/send-one"):
        text = client.get(address).text
        assert "https://app.test" in text
        assert "127.0.0.1" not in text
    assert "https://app.test/api/sms/send" in client.get("/api/docs/reference/messages").text


def test_every_service_has_a_place_in_the_reference() -> None:
    listed = [service for group in groups() for service in group.services]
    titles = [title for group in groups() for title in group.services.values()]
    assert sorted(listed) == sorted({service_of(method) for method in public_methods()})
    assert len(set(titles)) == len(titles)


def test_the_table_of_contents_has_every_guide() -> None:
    names = {each.name for part in guides().values() for each in part}
    assert names == {file.stem for file in FOLDER.glob("*.md")} - {"README"}


def test_the_search_finds_guides_and_operations(client: Client, page: Pages) -> None:
    index = client.get("/api/docs/search.json").json()
    addresses = [address for _, address, _, _ in index]
    for address in addresses:
        target, _, anchor = address.partition("#")
        assert not anchor or anchor in page(target).ids, address
    kinds = [kind for _, _, kind, _ in index]
    assert {f"{verb} {path}" for path, verb, _ in operations()} <= set(kinds)
    assert len(set(addresses)) == len(addresses)


def test_every_route_in_a_guide_exists() -> None:
    for file in FOLDER.glob("*.md"):
        text = re.sub(r"```.*?```", "", file.read_text("utf-8"), flags=re.DOTALL)
        for route in re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /api/[^`]*)`", text):
            assert address_of(route), f"{file.name}: {route}"


def test_the_rate_limits_in_the_guide_are_the_default_settings() -> None:
    text = (FOLDER / "limits.md").read_text("utf-8")
    told = {
        name: int(count.replace(",", ""))
        for name, count in re.findall(r"`(\w+)`[^|]*\| ([\d,]+) \|", text)
    }
    for name in ("read", "write", "send", "sign_in", "refresh"):
        assert told[name] == GatewaySettings.model_fields[f"rate_{name}"].default
    assert f"| all together | {GatewaySettings.model_fields['rate_address'].default:,} |" in text


@pytest.mark.parametrize(
    "path", ["/api/docs/guides/nothing", "/api/docs/reference/nothing", "/api/docs/guides/README"]
)
def test_a_page_that_does_not_exist_is_not_found(client: Client, path: str) -> None:
    problem(client.get(path), 404, "route_not_found")


class Name(str):
    """A name of which a test can see whether it is still in memory."""

    __slots__ = ("__weakref__",)


@pytest.mark.parametrize("kind", ["guide", "reference", "problem"])
@pytest.mark.parametrize("asked", ["no-page-has-this-name", "made_up_not_found"])
def test_a_page_name_that_does_not_exist_is_not_kept_in_memory(kind: str, asked: str) -> None:
    page_of = getattr(DocsPages("http://localhost"), kind)
    name = Name(asked)
    page_of(name)
    watched = weakref.ref(name)
    del name
    assert watched() is None


def test_each_page_of_the_documentation_is_built_only_once() -> None:
    pages = DocsPages("http://localhost")
    for page_of, name in (
        (pages.guide, "send-one"),
        (pages.reference, groups()[0].name),
        (pages.problem, next(iter(problem_codes()))),
    ):
        assert page_of(name)
        assert page_of(name) is page_of(name)
