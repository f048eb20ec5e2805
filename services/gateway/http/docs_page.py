"""Serve the API documentation: the OpenAPI document and a page that shows it."""

import base64
import hashlib
import re
from pathlib import Path

from flask import Flask, Response, request

from services.gateway.http.openapi.document import document_bytes

_PAGE = (Path(__file__).parent / "docs_page.html").read_bytes()
_INLINE = re.compile(rb"<(style|script)>(.*?)</\1>", re.DOTALL)


def add_docs(app: Flask, public_url: str) -> None:
    """Serve ``/api/openapi.json`` and ``/api/docs``."""

    @app.get("/api/openapi.json")
    def openapi_document() -> Response:
        return _cached(document_bytes(public_url), "application/json")

    @app.get("/api/docs")
    def docs() -> Response:
        return page_response(_PAGE)


def page_response(page: bytes) -> Response:
    """Return a response with an HTML page, which may use only its own style and script."""
    response = _cached(page, "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(page)
    return response


def _cached(body: bytes, content_type: str) -> Response:
    """Return a response that browsers cache and revalidate."""
    response = Response(body, content_type=content_type)
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _policy(page: bytes) -> str:
    """Return a Content-Security-Policy that allows only the page's own style and script."""
    sources = {
        kind.decode(): base64.b64encode(hashlib.sha256(text).digest()).decode()
        for kind, text in _INLINE.findall(page)
    }
    own = "".join(f"; {kind}-src 'sha256-{digest}'" for kind, digest in sources.items())
    return "default-src 'none'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'" + own
