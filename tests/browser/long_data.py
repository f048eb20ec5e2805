"""`python -m tests.browser.long_data`: scroll and type in long lists for ten minutes.

It makes 10,000 contacts, 2,000 conversations and one of 5,000 messages, with long, right-to-left
and emoji names. A third of the time each goes to the list of contacts, the list of conversations
and the long conversation: a browser loads rows, scrolls up and down, and then types. It prints what
it measured, and ends with 1 if memory grew after the loading, or if a key press took too long.
"""

import re
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import CDPSession, Locator, Page, expect, sync_playwright
from rich.console import Console
from rich.table import Table

from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.people import file_of
from deploy.local.waiting import wait_for
from tests.browser.chromium import ARGUMENTS, HOW_TO_GET_IT, find_chromium
from tests.browser.evening import own_platform
from tests.browser.person import Person, open_screen

CONTACTS = 10_000
CONVERSATIONS = 2_000
MESSAGES = 5_000
_FIRST_PERSON = 12_126_000_000
_NAMES = ("Ada", "Ł" * 100, "מועדון הנמל של תל אביב", "🎺🇩🇪 Bobby", "Grace")
_TEXT = "When do the doors open, and may I bring somebody? שלום 🎺"
_SECONDS = 600.0
# Of the time of a screen, how much may go to loading rows. The rest is for scrolling.
_LOADING_SHARE = 0.5
_SAMPLE_EVERY = 10.0
_STEP_PIXELS, _STEPS = 900, 60
_ARRIVED_WITHIN = 900.0
_KEYS = "the quick brown fox jumps over the lazy dog"
_KEY_LIMIT_MS = 100
_GROWTH_LIMIT = 1.1
_MEGABYTE = 1024 * 1024

# The time from a key press to the next picture, by the browser's own measurement.
_NOTE_KEYS = """() => {
  window.keyTimes = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.name === "keydown") window.keyTimes.push(entry.duration);
    }
  }).observe({ type: "event", durationThreshold: 16 });
}"""


@dataclass(frozen=True)
class Sample:
    """The size of the page after a garbage collection: bytes of heap, DOM nodes, listeners."""

    heap: float
    nodes: float
    listeners: float


@dataclass
class Measured:
    """What was measured on one screen: rows loaded, samples while scrolling, key presses in ms."""

    screen: str
    rows: int = 0
    samples: list[Sample] = field(default_factory=list)
    keys: Sequence[float] = ()

    @property
    def growth(self) -> float:
        """The heap in the last third of the scrolling, as a multiple of that in the first third."""
        third = max(1, len(self.samples) // 3)
        first, last = self.samples[:third], self.samples[-third:]
        return statistics.mean(s.heap for s in last) / statistics.mean(s.heap for s in first)

    @property
    def slow_key(self) -> float:
        """The 95th percentile of a key press. Those below 16 ms are not counted by the browser."""
        return statistics.quantiles(self.keys, n=20)[-1] if len(self.keys) > 1 else 0.0

    @property
    def is_good(self) -> bool:
        """Whether memory stayed level and key presses were quick."""
        return self.growth <= _GROWTH_LIMIT and self.slow_key <= _KEY_LIMIT_MS


def main() -> int:
    """Make the data, scroll, and print the table. Return the exit code."""
    found = find_chromium()
    if found is None:
        print(f"There is no Chromium: {HOW_TO_GET_IT}.")
        return 1
    # A person who scrolls makes fewer requests a minute.
    settings = {"RATE_LIMITS": "off"}
    with own_platform(settings=settings) as platform, sync_playwright() as playwright:
        organisation = platform.organisation("Many", cents=5_000)
        talker = _make_data(organisation)
        browser = playwright.chromium.launch(
            executable_path=found.program, args=ARGUMENTS, env=found.environment
        )
        context = browser.new_context(base_url=platform.stack.gateway_url, locale="en-US")
        context.set_default_timeout(60_000)
        page = context.new_page()
        expect.set_options(timeout=60_000)
        Person(organisation.email, organisation.password).sign_in(page)
        measured = [
            _contacts(page),
            _conversations(page),
            _conversation(page, talker),
        ]
        browser.close()
    _print(measured)
    return 0 if all(each.is_good for each in measured) else 1


def _make_data(organisation: Organisation) -> str:
    """Make contacts and conversations. Return the id of the contact with the long one."""
    people = [
        (_NAMES[number % len(_NAMES)], f"+{_FIRST_PERSON + number}") for number in range(CONTACTS)
    ]
    organisation.list_from("Everybody", file_of([("First Name", "Phone"), *people]))
    _, talker = people[0]
    for _, phone in people[:CONVERSATIONS]:
        organisation.simulator.text(phone, organisation.numbers[0], _TEXT)
    for number in range(MESSAGES - 1):
        organisation.simulator.text(talker, organisation.numbers[0], f"{number} {_TEXT}")
    contact = organisation.api.get("/api/contacts", search=talker)["items"][0]
    contact_id = str(contact["id"])
    last = f"{MESSAGES - 2} {_TEXT}"

    def has_arrived() -> bool:
        thread = organisation.api.get(f"/api/messages/thread/{contact_id}")
        return any(message["message"] == last for message in thread["items"])

    wait_for("the last incoming text", has_arrived, _ARRIVED_WITHIN)
    return contact_id


def _contacts(page: Page) -> Measured:
    open_screen(page, "/contacts")
    rows = page.get_by_role("table", name="Contacts").locator("tbody tr")
    more = page.get_by_role("button", name="Show more")
    box = page.get_by_label("Search contacts")
    return _measure(page, "contacts", rows, lambda: _show_more(page, more), "main", box)


def _conversations(page: Page) -> Measured:
    open_screen(page, "/inbox")
    part = page.get_by_role("region", name="Conversations")
    rows, more = part.locator("[data-row]"), part.get_by_role("button", name="Show more")
    box = page.get_by_label("Search people and messages")
    return _measure(page, "conversations", rows, lambda: _show_more(page, more), "[data-row]", box)


def _conversation(page: Page, contact_id: str) -> Measured:
    page.goto(f"/inbox?contact={contact_id}")
    log = page.get_by_role("log", name="Messages")
    expect(log).to_be_visible()
    older = log.get_by_role("button", name=re.compile("Show older messages"))
    rows, box = log.locator("[data-message]"), page.get_by_label("Reply")
    return _measure(page, "conversation", rows, lambda: _show_more(page, older), "[role=log]", box)


def _show_more(page: Page, button: Locator) -> bool:
    """Load the next rows. Return False if there are no more."""
    expect(page.get_by_label("Loading older messages")).to_have_count(0)
    if button.count() == 0:
        return False
    button.first.evaluate("(button) => button.click()")
    return True


def _measure(
    page: Page,
    screen: str,
    rows: Locator,
    load: Callable[[], bool],
    scrolled: str,
    box: Locator,
) -> Measured:
    measured, session = Measured(screen), page.context.new_cdp_session(page)
    session.send("Performance.enable")
    began = time.monotonic()
    loaded_until = began + _SECONDS / 3 * _LOADING_SHARE
    while time.monotonic() < loaded_until:
        shown = rows.count()
        if not load():
            break
        expect(rows).not_to_have_count(shown)
    measured.rows = rows.count()
    sampled = 0.0
    while time.monotonic() < began + _SECONDS / 3:
        _scroll(page, scrolled)
        if time.monotonic() > sampled + _SAMPLE_EVERY:
            measured.samples.append(_sample(session))
            sampled = time.monotonic()
    measured.keys = _type(page, box)
    session.detach()
    print(f"{screen}: {measured.rows} rows, {len(measured.samples)} samples")
    return measured


def _scroll(page: Page, scrolled: str) -> None:
    """Scroll up and down again with the wheel, over the first element that `scrolled` matches."""
    area = page.locator(scrolled).first.bounding_box()
    viewport = page.viewport_size or {"width": 1280, "height": 720}
    if area is not None:
        x = area["x"] + area["width"] / 2
        y = min(max(area["y"] + area["height"] / 2, 10), viewport["height"] - 10)
        page.mouse.move(x, y)
    for step in range(_STEPS):
        page.mouse.wheel(0, -_STEP_PIXELS if step * 2 < _STEPS else _STEP_PIXELS)
        page.evaluate("() => new Promise(requestAnimationFrame)")


def _sample(session: CDPSession) -> Sample:
    session.send("HeapProfiler.collectGarbage")
    answer: dict[str, Any] = session.send("Performance.getMetrics")
    found = {each["name"]: each["value"] for each in answer["metrics"]}
    return Sample(found["JSHeapUsedSize"], found["Nodes"], found["JSEventListeners"])


def _type(page: Page, box: Locator) -> Sequence[float]:
    page.evaluate(_NOTE_KEYS)
    box.click()
    for key in _KEYS:
        page.keyboard.press("Space" if key == " " else key)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    # Measurements are reported when the browser is idle.
    page.wait_for_function("() => window.keyTimes.length > 0")
    times: list[float] = page.evaluate("() => window.keyTimes")
    return times


def _print(measured: Sequence[Measured]) -> None:
    table = Table(
        "screen", "rows", "heap MB", "growth", "nodes", "listeners", "key ms: p50, p95, max"
    )
    for each in measured:
        first, last = each.samples[0], each.samples[-1]
        table.add_row(
            each.screen,
            str(each.rows),
            f"{first.heap / _MEGABYTE:.0f} to {last.heap / _MEGABYTE:.0f}",
            f"{each.growth:.3f}",
            f"{first.nodes:.0f} to {last.nodes:.0f}",
            f"{first.listeners:.0f} to {last.listeners:.0f}",
            f"{statistics.median(each.keys):.0f}, {each.slow_key:.0f}, {max(each.keys):.0f}",
        )
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
