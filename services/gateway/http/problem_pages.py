"""Serve a page for each code of a problem. A problem's ``type`` is the address of its page."""

import html
import re

from flask import Flask, Response

from servicekit.problems import PROBLEM_PAGES, STATUS_TITLES
from servicekit.web.errors import RouteNotFound
from services.gateway.domain.problem_codes import ProblemCode, problem_code, problem_codes
from services.gateway.http.static_page import html_page

_CODE = re.compile(r"`([^`]+)`")
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
code { font: .95em ui-monospace, monospace; overflow-wrap: anywhere; }
dt { margin-top: 1rem; }
dd { margin: 0; }
"""


def add_problem_pages(app: Flask) -> None:
    """Serve ``/api/problems``, a list of all error codes, and a page for each of them."""

    @app.get(PROBLEM_PAGES)
    def problems() -> Response:
        entries = "".join(map(_entry, problem_codes().values()))
        return html_page(_page("Problem codes", f"<dl>{entries}</dl>"))

    @app.get(f"{PROBLEM_PAGES}/<code>")
    def problem(code: str) -> Response:
        known = problem_code(code)
        if known is None:
            raise RouteNotFound
        return html_page(_page(known.code, _explained(known)))


def _entry(known: ProblemCode) -> str:
    link = f'<a href="{PROBLEM_PAGES}/{known.code}"><code>{known.code}</code></a>'
    return f"<dt>{link} ({known.status})</dt><dd>{_words(known.meaning)}</dd>"


def _explained(known: ProblemCode) -> str:
    return (
        f"<p>Status {known.status} {STATUS_TITLES[known.status]}.</p>"
        f"<h2>What happened</h2><p>{_words(known.meaning)}</p>"
        f"<h2>What you can do</h2><p>{_words(known.advice)}</p>"
        f'<p><a href="{PROBLEM_PAGES}">All codes</a>'
        ' · <a href="/api/docs">API documentation</a></p>'
    )


def _words(text: str) -> str:
    """Return `text` as HTML, with words in backticks as code."""
    return _CODE.sub(r"<code>\1</code>", html.escape(text))


def _page(title: str, content: str) -> bytes:
    title = html.escape(title)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{content}</main></body></html>"
    ).encode()
