"""A user of the console: signs in."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Person:
    """Somebody who can sign in."""

    email: str
    password: str

    def sign_in(self, page: Page, path: str = "/") -> None:
        """Open a screen, and sign in on the way."""
        page.goto(path)
        page.get_by_label("Email address").fill(self.email)
        page.get_by_label("Password", exact=True).fill(self.password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("navigation", name="Main", exact=True)).to_be_visible()
