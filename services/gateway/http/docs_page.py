"""Serve the API documentation: the OpenAPI document and a page that shows it."""

from pathlib import Path

from flask import Flask, Response

from services.gateway.http.openapi.document import document_bytes
from services.gateway.http.static_page import html_page, revalidated

_PAGE = (Path(__file__).parent / "docs_page.html").read_bytes()


def add_docs(app: Flask, public_url: str) -> None:
    """Add the routes ``/api/openapi.json`` and ``/api/docs`` to `app`."""

    @app.get("/api/openapi.json")
    def openapi_document() -> Response:
        return revalidated(document_bytes(public_url), "application/json")

    @app.get("/api/docs")
    def docs() -> Response:
        return html_page(_PAGE)
