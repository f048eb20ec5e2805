"""The frame of all screens: few requests, no jumps while loading, and one session for all tabs."""

import re

from playwright.sync_api import BrowserContext, Page, Request, Response, Route, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import Person, open_screen
from tests.fixtures.platform import Platform

SHIFTS = """() => {
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""
MOST_SHIFT = 0.05
MOST_REQUESTS = 8
TABS = 4
SCRIPT = "<img src=x onerror=\"document.title='taken over'\">"


def test_a_screen_makes_few_requests_and_does_not_jump_while_loading(
    page: Page, owner: Person
) -> None:
    owner.sign_in(page, "/")
    page.add_init_script(f"({SHIFTS})()")
    for path in ("/", "/campaigns", "/inbox", "/billing", "/contacts"):
        asked: set[str] = set()

        def note(request: Request, asked: set[str] = asked) -> None:
            # Requests for the session and the live stream do not count. Once the stream is open,
            # the screen makes all its requests again.
            if re.search("/api/(?!auth/|stream)", request.url):
                asked.add(request.url)

        page.on("request", note)
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_label("Loading")).to_have_count(0)
        page.remove_listener("request", note)
        assert len(asked) <= MOST_REQUESTS, asked
        assert page.evaluate("window.shifted") <= MOST_SHIFT, path


def test_tabs_that_reload_at_once_stay_signed_in(
    page: Page, context: BrowserContext, owner: Person, complaints: list[str]
) -> None:
    owner.sign_in(page, "/send")
    tabs = [page, *(context.new_page() for _ in range(TABS - 1))]
    for tab in tabs[1:]:
        tab.goto("/send")
    for tab in tabs:
        expect(tab.get_by_role("textbox", name="Message")).to_be_visible()
    refreshed: list[Response] = []

    def note(response: Response) -> None:
        if response.url.endswith("/api/auth/refresh"):
            refreshed.append(response)

    context.on("response", note)
    for tab in tabs:
        tab.reload(wait_until="commit")
    for tab in tabs:
        expect(tab.get_by_role("textbox", name="Message")).to_be_visible()
    assert {response.status for response in refreshed} == {200}
    assert len(context.cookies()) == 1
    # Streams of pages that were closed a moment ago still count, so a new stream may be refused for
    # now.
    complaints[:] = [complaint for complaint in complaints if "429" not in complaint]


def test_the_page_of_another_organisations_object_shows_nothing_of_it(
    tab: Page, platform: Platform, complaints: list[str]
) -> None:
    stranger = platform.organisation("Strangers")
    list_id, _ = stranger.list_from("Secret guests", b"name,phone\nAda,+12126990300\n")
    campaign = stranger.draft("Secret campaign", list_id, "Hello")
    open_screen(tab, f"/campaigns/{campaign}")
    expect(tab.get_by_text("This belongs to another organisation.")).to_be_visible()
    expect(tab.get_by_text("Secret")).to_have_count(0)
    complaints.clear()  # the browser logs the refused request


def test_html_that_somebody_typed_is_shown_as_text_and_not_run(
    tab: Page, acme: Organisation
) -> None:
    acme.api.post("/api/contacts", {"phone": "+12126990301", "firstName": SCRIPT, "tags": [SCRIPT]})
    acme.api.post("/api/contact-lists", {"name": SCRIPT})
    open_screen(tab, "/contacts")
    expect(tab.get_by_text(SCRIPT).first).to_be_visible()
    open_screen(tab, "/lists")
    expect(tab.get_by_text(SCRIPT).first).to_be_visible()
    assert "taken over" not in tab.title()


def test_if_a_new_version_has_removed_a_file_the_page_reloads_once(
    page: Page, owner: Person, complaints: list[str]
) -> None:
    owner.sign_in(page, "/")
    gone = re.compile(r"/assets/lists-page-[^/]+\.js$")
    lost: list[str] = []

    def lose_once(route: Route) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.request.url)
        route.fulfill(status=404, body="")

    page.route(gone, lose_once)
    page.get_by_role("link", name="Lists").click()
    expect(page.get_by_role("heading", name="Lists", level=1)).to_be_visible()
    assert len(lost) == 1
    complaints.clear()  # the browser logs the missing part


def test_figures_of_a_running_campaign_are_updated_in_two_tabs(
    tab: Page, acme: Organisation
) -> None:
    people = "\n".join(f"Guest,+1212699{number:04}" for number in range(1000, 1120))
    list_id, _ = acme.list_from("Moving", f"name,phone\n{people}\n".encode())
    campaign = acme.draft("Moving", list_id, "Doors open at seven")
    open_screen(tab, f"/campaigns/{campaign}")
    second = tab.context.new_page()
    second.goto(f"/campaigns/{campaign}")
    both = (tab, second)
    # The second tab has no stream of its own. It learns from the first that changes are heard.
    for each in both:
        expect(each.get_by_role("status").filter(has_text="Live")).to_be_visible()
    acme.send(campaign)
    for each in both:
        expect(each.get_by_text("Done", exact=True).first).to_be_visible()
    acme.wait_until_counted(
        campaign, [text for text in acme.texts() if text.body.startswith("Doors")]
    )
    for each in both:
        expect(each.get_by_text("120", exact=True).first).to_be_visible()
