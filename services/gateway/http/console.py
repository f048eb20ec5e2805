"""Serve the console: one page for every screen, and its assets, which never change.

The console is built by `make console` into a folder. Without that folder, the pages of `link_pages`
take its place.
"""

import secrets
from pathlib import Path

from flask import Flask, Response, abort, request
from werkzeug.routing import BaseConverter

NONCE_PLACEHOLDER = "%NONCE%"
_NONCE_BYTES = 18
_FOREVER = "public, max-age=31536000, immutable"
_ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
_CONTENT_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".woff2": "font/woff2",
    ".png": "image/png",
}


class _ScreenPath(BaseConverter):
    """A URL path of a console page.

    It is any path except those of the API, assets and well-known documents, and paths with ``//``.
    """

    regex = r"(?!/|api(?:/|$)|\.well-known/|assets/).+"
    part_isolating = False


def is_built(folder: Path) -> bool:
    """Return whether the folder contains a console that was built."""
    return (folder / "index.html").is_file()


def add_console(app: Flask, folder: Path, stream_origin: str) -> None:
    """Serve the console that is built in `folder`.

    Args:
        app: The gateway's application.
        folder: The build: `index.html` and `assets/`.
        stream_origin: The origin of the live stream if it is not the console's, else empty.
    """
    page = (folder / "index.html").read_text(encoding="utf-8")
    assets = {file.name for file in (folder / "assets").iterdir()}
    app.url_map.converters["screen"] = _ScreenPath

    @app.get("/")
    @app.get("/<screen:_path>")
    def screen(_path: str = "") -> Response:
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        response = Response(
            page.replace(NONCE_PLACEHOLDER, nonce), content_type="text/html; charset=utf-8"
        )
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = _policy(nonce, stream_origin)
        return response

    @app.get("/assets/<name>")
    def asset(name: str) -> Response:
        if name not in assets:
            abort(404)
        return _asset(folder / "assets" / name, assets)


def _asset(file: Path, assets: set[str]) -> Response:
    """Return the response for an asset, in the best of the encodings that the build has made."""
    accepted = request.accept_encodings
    for encoding, suffix in _ENCODINGS:
        if file.name + suffix in assets and accepted[encoding] > 0:
            response = _immutable(file.with_name(file.name + suffix), file.suffix)
            response.headers["Content-Encoding"] = encoding
            return response
    return _immutable(file, file.suffix)


def _immutable(file: Path, kind: str) -> Response:
    content_type = _CONTENT_TYPES.get(kind, "application/octet-stream")
    response = Response(file.read_bytes(), content_type=content_type)
    response.headers["Cache-Control"] = _FOREVER
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _policy(nonce: str, stream_origin: str) -> str:
    """Return the Content-Security-Policy: only this origin, and styles and scripts of this page."""
    connect = " ".join(["'self'", *filter(None, [stream_origin])])
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}';"
        f" img-src 'self' data:; font-src 'self'; connect-src {connect}; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    )
