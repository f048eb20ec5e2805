"""Take pictures of screens in several looks, and note what is wrong with each."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Route, expect

from tests.browser.person import Person, open_screen
from tests.browser.pictures.defects import defects_of
from tests.browser.pictures.sheets import make_sheets

_SETTLED_MS = 150
_PATIENCE_MS = 20_000
_NOT_FOUND = "status of 404"
_NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@dataclass(frozen=True)
class Look:
    """A size of the window and its colours, and how many pictures fit beside each other."""

    width: int
    height: int
    scheme: Literal["light", "dark"]
    columns: int

    @property
    def name(self) -> str:
        """The width and the colours, for names of files."""
        return f"{self.width}-{self.scheme}"


SIZES = ((1440, 1100, 3), (768, 1200, 5), (390, 1100, 8))
ALL_LOOKS = tuple(Look(w, h, s, c) for w, h, c in SIZES for s in ("light", "dark"))
"""Each size in each colour."""
SOME_LOOKS = (ALL_LOOKS[0], ALL_LOOKS[3], ALL_LOOKS[5])
"""Each size once."""


@dataclass
class Photographer:
    """Takes pictures into a folder. `defects` are the sentences about what was seen."""

    browser: Browser
    address: str
    folder: Path
    defects: list[str] = field(default_factory=list)
    _taken: dict[tuple[str, str], list[Path]] = field(default_factory=dict)

    @contextmanager
    def visit(
        self, person: Person | None = None, answer: Callable[[Route], None] | None = None
    ) -> Iterator[Page]:
        """Open a page, on which the person is signed in if one is given.

        `answer` answers the requests to the API in its place.
        """
        context: BrowserContext = self.browser.new_context(
            base_url=self.address, locale="en-US", reduced_motion="reduce"
        )
        context.set_default_timeout(_PATIENCE_MS)
        page = context.new_page()
        if answer:
            page.route("**/api/**", answer)
        if person:
            person.sign_in(page)
        yield page
        context.close()

    def take_screens(
        self,
        page: Page,
        group: str,
        paths: Sequence[str],
        looks: Sequence[Look],
        quiet: bool = True,
    ) -> None:
        """Take each screen in each look. `quiet`: complaints in the console are defects."""
        for path in paths:
            complaints: list[str] = []
            with _listening(page, complaints):
                try:
                    _open(page, path)
                except (AssertionError, Error) as error:
                    self.defects.append(f"{group} {path}: {str(error).splitlines()[0]}")
                self.take(page, group, path, looks)
            if quiet:
                self.defects += [f"{group} {path}: {complaint}" for complaint in complaints]

    def take(self, page: Page, group: str, name: str, looks: Sequence[Look]) -> None:
        """Take what the page shows in each look."""
        # A hint that the pointer opened would hide a part of the screen.
        page.mouse.move(0, 0)
        for look in looks:
            page.set_viewport_size({"width": look.width, "height": look.height})
            page.emulate_media(color_scheme=look.scheme)
            page.wait_for_timeout(_SETTLED_MS)
            found = defects_of(page)
            self.defects += [f"{group} {name} at {look.name}: {defect}" for defect in found]
            taken = self._taken.setdefault((group, look.name), [])
            file = self.folder / f"{group}-{look.name}-{len(taken):02}{_file_name(name)}.png"
            page.screenshot(path=file, animations="disabled")
            taken.append(file)

    def lay_out(self) -> None:
        """Put all pictures on contact sheets."""
        columns = {look.name: look.columns for look in ALL_LOOKS}
        for (group, look), pictures in self._taken.items():
            make_sheets(self.browser, pictures, f"{group}-{look}", columns[look])


def _open(page: Page, path: str) -> None:
    """Open a screen, and wait until it is loaded, or until its slide-over is open."""
    if "?contact=" in path and path.startswith("/contacts"):
        page.goto(path)
        expect(page.get_by_role("dialog").first).to_be_visible()
    else:
        open_screen(page, path)


@contextmanager
def _listening(page: Page, complaints: list[str]) -> Iterator[None]:
    def note(message: ConsoleMessage) -> None:
        # The browser reports an answer of 404 too, with which the API says that there is none yet.
        if message.type in {"error", "warning"} and _NOT_FOUND not in message.text:
            complaints.append(message.text)

    def note_error(error: Error) -> None:
        complaints.append(str(error))

    page.on("console", note)
    page.on("pageerror", note_error)
    yield
    page.remove_listener("console", note)
    page.remove_listener("pageerror", note_error)


def _file_name(name: str) -> str:
    parts = urlsplit(name)
    words = _NAMED.sub("one", f"{parts.path} {parts.query}")
    return re.sub(r"[^A-Za-z]+", "-", f"-{words}").rstrip("-")
