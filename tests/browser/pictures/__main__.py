"""`python -m tests.browser.pictures`: photograph every screen of the console.

It runs the demo on a platform of its own, makes an empty organisation and one with hostile data,
and writes pictures and contact sheets into .pictures/. It prints what is visibly wrong, and then
ends with 1. Arguments choose groups: long, empty, demo, dialog, moment, operator,
outside, failing.
"""

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Error, Page, Route, expect, sync_playwright

from deploy.local.testkit.organisation import Organisation
from tests.browser.chromium import ARGUMENTS, HOW_TO_GET_IT, find_chromium
from tests.browser.evening import Evening, evening
from tests.browser.person import Person, open_screen
from tests.browser.pictures.moments import take_moments
from tests.browser.pictures.organisations import make_empty, make_hostile, object_screens
from tests.browser.pictures.photographer import ALL_LOOKS, SOME_LOOKS, Look, Photographer
from tests.browser.screens import DIALOGS, OPERATORS_SCREENS, SCREENS, SIGNED_OUT_SCREENS

FOLDER = Path(__file__).resolve().parents[3] / ".pictures"
_MORE_DIALOGS = (
    ("/templates", "New template"),
    ("/settings/api-keys", "New API key"),
    ("/settings/webhooks", "New endpoint"),
    ("/settings/data", "Erase a person"),
    ("/settings/data", "Close the organisation"),
    ("/billing", "Move money"),
)
_PALETTE, _SHEET_OF_KEYS = "Control+k", "?"
# The session and the user are still answered: without them there is only the sign-in.
_ANSWERED = re.compile(r"/api/(auth/.*|me|stream.*)")
_UNAVAILABLE = (
    '{"status": 503, "code": "unavailable", "title": "Service Unavailable", '
    '"detail": "The service is unavailable. Try again in a moment."}'
)


def main() -> int:
    """Take all pictures. Return the exit code."""
    chromium = find_chromium()
    if chromium is None:
        print(f"There is no Chromium: {HOW_TO_GET_IT}.")
        return 1
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    expect.set_options(timeout=20_000)
    with evening() as demo, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.program, args=ARGUMENTS, env=chromium.environment
        )
        photographer = Photographer(browser, demo.platform.stack.gateway_url, FOLDER)
        _take_all(photographer, demo)
        photographer.lay_out()
        browser.close()
    print(*photographer.defects, sep="\n")
    print(f"The contact sheets are {FOLDER.name}/sheet-*.png.")
    return 1 if photographer.defects else 0


def _take_all(photographer: Photographer, demo: Evening) -> None:
    operator = demo.platform.operator()
    if _is_wanted("long"):
        hostile = make_hostile(demo.platform, operator.api)
        _take_organisation(photographer, "long", hostile, SOME_LOOKS)
    if _is_wanted("empty"):
        _take_organisation(photographer, "empty", make_empty(demo.platform), SOME_LOOKS)
    if _is_wanted("demo"):
        _take_organisation(photographer, "demo", demo.organisation, ALL_LOOKS)
    if _is_wanted("dialog"):
        with photographer.visit(demo.owner) as page:
            _take_dialogs(photographer, page)
    if _is_wanted("moment"):
        take_moments(photographer, demo)
    staff = Person(operator.email, operator.password)
    if _is_wanted("operator"):
        with photographer.visit(staff) as page:
            photographer.take_screens(page, "operator", OPERATORS_SCREENS, ALL_LOOKS)
    if _is_wanted("outside"):
        _take_outside(photographer, demo.owner)
    if _is_wanted("failing"):
        _take_failing(photographer, demo.owner, _screens_of(demo.organisation))
        _take_failing(photographer, staff, OPERATORS_SCREENS)


def _is_wanted(group: str) -> bool:
    return len(sys.argv) == 1 or group in sys.argv[1:]


def _screens_of(organisation: Organisation) -> list[str]:
    return [*SCREENS, *object_screens(organisation.api)]


def _take_failing(photographer: Photographer, person: Person, paths: Sequence[str]) -> None:
    with photographer.visit(person, answer=_fail) as page:
        photographer.take_screens(page, "failing", paths, SOME_LOOKS, quiet=False)


def _take_outside(photographer: Photographer, owner: Person) -> None:
    """Take the screens of people who are not signed in, and the page for a wrong address."""
    with photographer.visit(owner) as page:
        page.goto("/nowhere/at/all")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        photographer.take(page, "outside", "/nowhere/at/all", ALL_LOOKS)
    with photographer.visit() as page:
        for path in SIGNED_OUT_SCREENS:
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            photographer.take(page, "outside", path, ALL_LOOKS)


def _take_organisation(
    photographer: Photographer, group: str, organisation: Organisation, looks: Sequence[Look]
) -> None:
    with photographer.visit(Person(organisation.email, organisation.password)) as page:
        photographer.take_screens(page, group, _screens_of(organisation), looks)


def _take_dialogs(photographer: Photographer, page: Page) -> None:
    layer = page.locator("[role=dialog]:visible, [role=menu]:visible")
    for path, name in (*DIALOGS, *_MORE_DIALOGS):
        page.set_viewport_size({"width": 1440, "height": 1100})
        open_screen(page, path)
        opener = page.get_by_role("button", name=name).locator("visible=true").first
        try:
            opener.click()
            expect(layer).to_be_visible()
        except (AssertionError, Error) as error:
            photographer.defects.append(f"{path}, {name}: {str(error).splitlines()[0]}")
        photographer.take(page, "dialog", name, ALL_LOOKS)
        page.keyboard.press("Escape")
    for key in (_PALETTE, _SHEET_OF_KEYS):
        open_screen(page, "/campaigns")
        page.keyboard.press(key)
        expect(layer).to_be_visible()
        photographer.take(page, "dialog", f"key {key}", ALL_LOOKS)
        page.keyboard.press("Escape")


def _fail(route: Route) -> None:
    if _ANSWERED.fullmatch(urlsplit(route.request.url).path):
        route.fallback()
    else:
        headers = {"Content-Type": "application/problem+json", "X-Request-Id": "picture"}
        route.fulfill(status=503, headers=headers, body=_UNAVAILABLE)


if __name__ == "__main__":
    sys.exit(main())
