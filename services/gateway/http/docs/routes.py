"""Serve the API documentation: the OpenAPI document, and the pages made from it and the guides."""

from flask import Flask, Response

from servicekit.problems import PROBLEM_PAGES
from servicekit.web.errors import RouteNotFound
from services.gateway.http.docs import search
from services.gateway.http.docs.guides import guides
from services.gateway.http.docs.pages import DocsPages
from services.gateway.http.openapi.document import document_bytes
from services.gateway.http.static_page import html_page, revalidated


def add_docs(app: Flask, public_url: str) -> None:
    """Add the routes ``/api/openapi.json``, ``/api/docs`` and ``/api/problems`` to `app`."""
    guides()  # A process without its guides must not start.
    pages = DocsPages(public_url.rstrip("/"))
    _add_json(app, public_url)
    for path, page in (("/api/docs", pages.home), (PROBLEM_PAGES, pages.problems)):
        app.add_url_rule(path, path, lambda page=page: html_page(page()))
    for path, page_of in (
        ("/api/docs/guides/<name>", pages.guide),
        ("/api/docs/reference/<name>", pages.reference),
        (f"{PROBLEM_PAGES}/<name>", pages.problem),
    ):
        app.add_url_rule(path, path, lambda name, page_of=page_of: _existing(page_of(name)))


def _add_json(app: Flask, public_url: str) -> None:
    @app.get("/api/openapi.json")
    def openapi_document() -> Response:
        return revalidated(document_bytes(public_url), "application/json")

    @app.get("/api/docs/search.json")
    def search_index() -> Response:
        return revalidated(search.index(), "application/json")


def _existing(page: bytes | None) -> Response:
    if page is None:
        raise RouteNotFound
    return html_page(page)
