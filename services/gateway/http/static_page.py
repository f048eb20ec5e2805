"""Serve a page that is one HTML file, with its style and its script inside."""

import base64
import hashlib
import re

from flask import Response, request

_INLINE = re.compile(rb"<(style|script)>(.*?)</\1>", re.DOTALL)


def html_page(page: bytes) -> Response:
    """Return the response for a page. Its policy allows only the page's own style and script."""
    response = revalidated(page, "text/html; charset=utf-8")
    response.headers["Content-Security-Policy"] = _policy(page)
    return response


def revalidated(body: bytes, content_type: str) -> Response:
    """Return a response that browsers cache and revalidate."""
    response = Response(body, content_type=content_type)
    response.set_etag(hashlib.sha256(body).hexdigest()[:32])
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _policy(page: bytes) -> str:
    sources = {
        kind.decode(): base64.b64encode(hashlib.sha256(text).digest()).decode()
        for kind, text in _INLINE.findall(page)
    }
    return (
        "default-src 'none'; connect-src 'self'; img-src 'self'; base-uri 'none';"
        " frame-ancestors 'none';"
        f" style-src 'sha256-{sources['style']}'; script-src 'sha256-{sources['script']}'"
    )
