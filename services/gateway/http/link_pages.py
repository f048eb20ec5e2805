"""Serve simple pages for the links in mails, where the console is not built.

The payment page links to them too. The pages call the API like any other client. The script of the
page decides by the URL which form to show.
"""

from pathlib import Path

from flask import Flask, Response

from services.gateway.http.static_page import html_page

_PAGE = (Path(__file__).parent / "link_pages.html").read_bytes()
LINKED_PATHS = (
    "/",
    "/verify",
    "/reset",
    "/forgot-password",
    "/accept-invitation",
    "/confirm-email",
    "/sign-in",
    "/settings/account",
    "/billing",
    "/campaigns",
    "/settings/members",
)
"""The paths that mails, Stripe's payment page and people's bookmarks link to."""


def add_link_pages(app: Flask) -> None:
    """Serve a page for every path of `LINKED_PATHS`."""
    for path in LINKED_PATHS:
        app.add_url_rule(path, endpoint=f"page:{path}", view_func=_page, methods=["GET"])


def _page() -> Response:
    return html_page(_PAGE)
