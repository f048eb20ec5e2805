"""Make the pages of the documentation. Each is made once, when it is first asked for."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from servicekit.problems import PROBLEM_PAGES, STATUS_TITLES
from services.gateway.domain.problem_codes import problem_code, problem_codes
from services.gateway.http import api_versions
from services.gateway.http.docs.guides import guide, guides
from services.gateway.http.docs.links import address_of
from services.gateway.http.docs.markdown import LANGUAGES, Step, breakable, prose
from services.gateway.http.docs.reference import entries, operations, summary_of, title_of
from services.gateway.http.openapi.document import document
from services.gateway.http.openapi.operation_groups import Group, groups

_FOLDER = Path(__file__).parent
_FIRST_GUIDE = "send-one"
_STYLES = tuple(
    f"styles/{name}.css"
    for name in ("base", "frame", "code", "reference", "home", "search", "narrow", "print")
)
_LOCAL = "http://127.0.0.1:8080"
"""The address of the gateway in the samples of the guides."""
_ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /api/[\w/{}.-]*[\w}]")
_TICKS = re.compile(r"`([^`]+)`")


class DocsPages:
    """The pages, with samples for the gateway at `public_url`."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["words"] = _words
        self._templates.filters["breakable"] = _breakable
        # A gateway has few pages, and each of them always has the same content.
        self.home = cache(self._home)
        self.guide = _cached(self._guide, [g.name for part in guides().values() for g in part])
        self.reference = _cached(self._reference, [group.name for group in groups()])
        self.problems = cache(self._problems)
        self.problem = _cached(self._problem, problem_codes())

    def _home(self) -> bytes:
        by_group = groupby(entries(), key=lambda entry: entry[1])
        index = [(group, list(_rows(methods))) for group, methods in by_group]
        return self._page(
            "home.html",
            "/api/docs",
            title="SMSBlaster API",
            about="Guides and reference of the SMSBlaster API",
            index=index,
            public_url=self._public_url,
            first_steps=_first_steps(),
        )

    def _guide(self, name: str) -> bytes | None:
        found = guide(name)
        if found is None:
            return None
        return self._page(
            "guide.html",
            found.address,
            title=found.title,
            about=found.about,
            guide=found,
            inside=[(each.anchor, each.title) for each in found.sections if each.anchor],
        )

    def _reference(self, name: str) -> bytes | None:
        found = next((each for each in groups() if each.name == name), None)
        if found is None:
            return None
        return self._page(
            "reference.html",
            f"/api/docs/reference/{name}",
            title=found.title,
            about=found.about,
            operations=operations(name, self._public_url),
            tags=_tags(found),
        )

    def _problems(self) -> bytes:
        codes = sorted(problem_codes().values(), key=lambda each: each.status)
        by_status = groupby(codes, key=lambda each: each.status)
        statuses = [(status, STATUS_TITLES[status], list(each)) for status, each in by_status]
        about = "All codes of errors, what they mean and what to do"
        return self._page(
            "problems.html", PROBLEM_PAGES, title="Error codes", about=about, statuses=statuses
        )

    def _problem(self, code: str) -> bytes | None:
        found = problem_code(code)
        if found is None:
            return None
        return self._page(
            "problem.html",
            f"{PROBLEM_PAGES}/{code}",
            title=found.code,
            about=found.meaning,
            problem=found,
            name=STATUS_TITLES[found.status],
        )

    def _page(self, template: str, address: str, **values: Any) -> bytes:
        common = {
            "address": address,
            "guides": guides(),
            "groups": groups(),
            "languages": LANGUAGES,
            "version": api_versions.NEWEST,
            "style": Markup().join(map(_file, _STYLES)),
            "script": _file("docs.js"),
            "inside": (),
            "operations": (),
        }
        page = self._templates.get_template(template).render(common | values)
        return page.replace(_LOCAL, self._public_url).encode()


def _cached(
    page_of: Callable[[str], bytes | None], names: Collection[str]
) -> Callable[[str], bytes | None]:
    """Cache the pages of `names` only, because anybody can ask for any number of other names."""
    cached = cache(page_of)
    return lambda name: cached(name) if name in names else page_of(name)


@cache
def _file(name: str) -> Markup:
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 - our own files


def _words(text: str) -> Markup:
    """Return `text` as HTML: words in backticks are code, and routes are links."""
    html = _TICKS.sub(r"<code>\1</code>", str(escape(text)))
    return Markup(_ROUTE.sub(_linked, html))  # noqa: S704 - escaped


def _linked(route: re.Match[str]) -> str:
    address = address_of(route[0])
    shown = f"<code>{breakable(route[0])}</code>"
    return f'<a href="{address}">{shown}</a>' if address else shown


def _breakable(name: str) -> Markup:
    return Markup(breakable(str(escape(name))))  # noqa: S704 - escaped


def _rows(methods: Iterable[Any]) -> Iterator[tuple[str, str, str, str, str]]:
    for method, _ in methods:
        name = title_of(method.operation_id)
        yield method.operation_id, method.verb, method.path, name, summary_of(method)


def _first_steps() -> tuple[Step, ...]:
    """Return how to send one text: the beginning of the guide."""
    found = guide(_FIRST_GUIDE)
    return found.sections[0].steps if found else ()


def _tags(group: Group) -> dict[str, Markup]:
    """Return the descriptions of the tags in a group."""
    descriptions = {tag["name"]: tag["description"] for tag in document()["tags"]}
    return {
        tag: Markup(prose(descriptions[tag], address_of))  # noqa: S704 - rendered without HTML
        for tag in group.services.values()
    }
