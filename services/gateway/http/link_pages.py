"""Serve the pages that mails and the payment page link to, and a start page.

The pages call the API as any other client. The script of the page decides by the address which form
to show.
"""

from pathlib import Path

from flask import Flask, Response

from services.gateway.http.static_page import html_page

_PAGE = (Path(__file__).parent / "link_pages.html").read_bytes()
_ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    b'rx="7" fill="#1757c2"/><path d="M7 9h18v12H14l-5 4v-4H7z" fill="#fff"/></svg>'
)
LINKED_PATHS = (
    "/",
    "/verify",
    "/reset",
    "/forgot-password",
    "/accept-invitation",
    "/billing",
    "/campaigns",
    "/settings/members",
)
"""The paths to which mails, Stripe's payment page and people's bookmarks lead."""


def add_link_pages(app: Flask) -> None:
    """Serve a page for every path of `LINKED_PATHS`, and the icon of all pages."""
    for path in LINKED_PATHS:
        app.add_url_rule(path, endpoint=f"page:{path}", view_func=_page, methods=["GET"])

    @app.get("/favicon.ico")
    def icon() -> Response:
        response = Response(_ICON, content_type="image/svg+xml")
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response


def _page() -> Response:
    return html_page(_PAGE)
