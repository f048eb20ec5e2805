"""Serve the icon, and pages that are one HTML file with style and script inside."""

import base64
import gzip
import hashlib
import re
from functools import lru_cache

from flask import Flask, Response, request

_INLINE = re.compile(rb"<(style|script)>(.*?)</\1>", re.DOTALL)
_ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    b'rx="7" fill="#1757c2"/><path d="M7 9h18v12H14l-5 4v-4H7z" fill="#fff"/></svg>'
)


def add_icon(app: Flask) -> None:
    """Serve the icon of all pages."""

    @app.get("/favicon.ico")
    def icon() -> Response:
        response = Response(_ICON, content_type="image/svg+xml")
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


def html_page(page: bytes) -> Response:
    """Return the response for a page.

    Its Content-Security-Policy allows only the page's own style and script.
    """
    response = revalidated(page, "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(page)
    return response


def revalidated(body: bytes, content_type: str) -> Response:
    """Return a response that browsers cache and revalidate, compressed if they accept that."""
    is_compressed = request.accept_encodings["gzip"] > 0
    response = Response(_compressed(body) if is_compressed else body, content_type=content_type)
    if is_compressed:
        response.headers["Content-Encoding"] = "gzip"
    response.set_etag(f"{hashlib.sha256(body).hexdigest()[:32]}{'-gzip' if is_compressed else ''}")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    response.make_conditional(request)
    return response


@lru_cache(maxsize=128)
def _compressed(body: bytes) -> bytes:
    return gzip.compress(body)


def _policy(page: bytes) -> str:
    sources = {
        kind.decode(): base64.b64encode(hashlib.sha256(text).digest()).decode()
        for kind, text in _INLINE.findall(page)
    }
    own = "".join(f"; {kind}-src 'sha256-{digest}'" for kind, digest in sources.items())
    return (
        "default-src 'none'; connect-src 'self'; img-src 'self'; base-uri 'none';"
        " frame-ancestors 'none'" + own
    )
