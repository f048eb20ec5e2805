"""Test helper: a user who signs in to the console."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

# Opens a screen as a link in the page does.
_OPEN = """(path) => {
  document.querySelector("main > *").dataset.before = "";
  history.pushState({}, "", path);
}"""
_ELSEWHERE = "/messages/exports"
BLANK = "about:blank"
"""The address of a page that shows nothing yet."""


@dataclass(frozen=True)
class Person:
    """A user with an email address and a password."""

    email: str
    password: str

    def sign_in(self, page: Page, path: str = "/") -> None:
        """Open a screen, and sign in when the sign-in screen appears."""
        page.goto(path)
        page.get_by_label("Email address").fill(self.email)
        page.get_by_label("Password", exact=True).fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("navigation", name="Main", exact=True)).to_be_visible()


def wait_until_loaded(page: Page) -> None:
    """Wait until the screen shows its content.

    While a list loads, the button at the title is visible. If the list is empty, it disappears.
    """
    expect(page.get_by_role("banner")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_label("Loading")).to_have_count(0)


def open_screen(page: Page, path: str) -> None:
    """Open a screen without loading the page again, which takes six times as long.

    Waits until the screen is shown and loaded.
    """
    if page.url == BLANK:
        page.goto(path)
    else:
        if urlsplit(page.url).path == urlsplit(path).path:
            _follow(page, _ELSEWHERE)
        _follow(page, path)
    wait_until_loaded(page)


def _follow(page: Page, path: str) -> None:
    page.evaluate(_OPEN, path)
    expect(page.locator("main > [data-before]")).to_have_count(0)
