"""Test helper: a user who signs in to the console."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect


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
