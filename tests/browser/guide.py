"""`python -m tests.browser.guide`: take the screenshots of docs/console.md again.

It runs the demo on a platform of its own, and a browser takes a picture of each screen that the
guide shows.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.chromium import ARGUMENTS, HOW_TO_GET_IT, find_chromium
from tests.browser.evening import evening

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "console"
_DESK = (1280, 800)
_PHONE = (390, 844)


@dataclass(frozen=True)
class Picture:
    """A screenshot of the guide: file name, path of the screen, and what to do before.

    `size` is the width and height in CSS pixels.
    """

    name: str
    path: str
    prepare: Callable[[Page], None] = lambda page: None
    size: tuple[int, int] = _DESK
    scheme: Literal["light", "dark"] = "light"


def _write_a_dear_text(page: Page) -> None:
    page.get_by_role("textbox", name="To").fill("+1 212 699 0001")
    page.get_by_role("textbox", name="Message").fill("Doors open at seven – bring a friend")
    expect(page.get_by_text("Balance afterwards")).to_be_visible()


def _open_first_campaign(page: Page) -> None:
    page.get_by_role("table", name="Campaigns").get_by_role("link").last.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Campaigns")


def _open_failed_message(page: Page) -> None:
    page.get_by_role("table", name="Messages").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Messages")


def _open_conversation(page: Page) -> None:
    page.get_by_role("main").get_by_role("listitem").first.click()


def _open_history(page: Page) -> None:
    page.get_by_role("table", name="Events").get_by_role("link").first.click()
    page.get_by_role("button", name="SMS history of").first.click()
    expect(page.get_by_role("dialog", name="SMS History")).to_be_visible()


GUIDE = (
    Picture("dashboard", "/"),
    Picture("dashboard-phone", "/", size=_PHONE, scheme="dark"),
    Picture("quick-send", "/send", _write_a_dear_text),
    Picture("campaigns", "/campaigns"),
    Picture("campaign", "/campaigns", _open_first_campaign),
    Picture("message", "/messages?status=undelivered", _open_failed_message),
    Picture("inbox", "/inbox", _open_conversation),
    Picture("contacts", "/contacts"),
    Picture("import", "/contacts/import"),
    Picture("event", "/events", _open_history),
    Picture("billing", "/billing"),
    Picture("numbers", "/numbers", scheme="dark"),
)


def main() -> int:
    """Take all screenshots. Return the exit code."""
    found = find_chromium()
    if found is None:
        print(f"There is no Chromium: {HOW_TO_GET_IT}.")
        return 1
    PICTURES.mkdir(exist_ok=True)
    with evening() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program, args=ARGUMENTS, env=found.environment
        )
        context = browser.new_context(
            base_url=demo.platform.stack.gateway_url, locale="en-US", reduced_motion="reduce"
        )
        page = context.new_page()
        demo.owner.sign_in(page)
        for picture in GUIDE:
            _take(page, picture)
        browser.close()
    return 0


def _take(page: Page, picture: Picture) -> None:
    width, height = picture.size
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=picture.scheme)
    page.goto(picture.path)
    _wait_until_loaded(page)
    picture.prepare(page)
    _wait_until_loaded(page)
    page.screenshot(path=PICTURES / f"{picture.name}.png", animations="disabled")
    print(f"took {picture.name}.png")


def _wait_until_loaded(page: Page) -> None:
    expect(page.get_by_role("heading", level=1).first).to_be_visible()
    expect(page.get_by_label("Loading")).to_have_count(0)


if __name__ == "__main__":
    sys.exit(main())
