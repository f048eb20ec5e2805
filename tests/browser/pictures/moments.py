"""Take pictures of what is seen for a while: a campaign that runs, and layers above a screen."""

import re

from playwright.sync_api import Page, expect

from tests.browser.evening import Evening
from tests.browser.person import open_screen
from tests.browser.pictures.photographer import ALL_LOOKS, SIZES, Photographer

_GROUP = "moment"
_CENTS = 5_000
# So slow that the campaign runs while its pictures are taken.
_SEGMENTS_PER_SECOND = 1
_NARROW = tuple(look for look in ALL_LOOKS if look.width == SIZES[-1][0])


def take_moments(photographer: Photographer, demo: Evening) -> None:
    """Take a running campaign, the notifications, the drawer More, and an attendee's texts."""
    with photographer.visit(demo.owner) as page:
        _take_attendee(photographer, page)
        _take_running_campaign(photographer, page, demo)
        _take_notifications(photographer, page)
        _take_more(photographer, page)


def _take_running_campaign(photographer: Photographer, page: Page, demo: Evening) -> None:
    organisation = demo.organisation
    organisation.top_up(_CENTS)
    demo.platform.pace(organisation, _SEGMENTS_PER_SECOND)
    lists = organisation.api.get("/api/contact-lists")["items"]
    longest = max(lists, key=lambda each: int(each["memberCount"]))
    campaign_id = organisation.draft("Under way", longest["id"], "The last bus leaves at one.")
    organisation.send(campaign_id)
    open_screen(page, f"/campaigns/{campaign_id}")
    # Only then the campaign has texts that are sent and texts that wait.
    expect(page.get_by_role("cell", name="Delivered")).to_be_visible()
    expect(page.get_by_role("link", name="Waiting")).to_be_visible()
    photographer.take(page, _GROUP, "running campaign", ALL_LOOKS)


def _take_notifications(photographer: Photographer, page: Page) -> None:
    open_screen(page, "/")
    page.get_by_role("button", name=re.compile("^Notifications")).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    photographer.take(page, _GROUP, "notifications", ALL_LOOKS)
    page.keyboard.press("Escape")


def _take_more(photographer: Photographer, page: Page) -> None:
    width, height, _ = SIZES[-1]
    page.set_viewport_size({"width": width, "height": height})
    open_screen(page, "/")
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    photographer.take(page, _GROUP, "more", _NARROW)
    page.keyboard.press("Escape")


def _take_attendee(photographer: Photographer, page: Page) -> None:
    open_screen(page, "/events")
    page.get_by_role("table", name="Events").get_by_role("link").first.click()
    page.get_by_role("button", name="SMS history of").first.click()
    expect(page.get_by_role("dialog", name="SMS History")).to_be_visible()
    photographer.take(page, _GROUP, "attendee", ALL_LOOKS)
    page.keyboard.press("Escape")
