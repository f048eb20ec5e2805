"""An owner erases a person, closes the organisation and reopens it."""

import gzip
import json

import pytest
from playwright.sync_api import Page, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import Person, wait_until_loaded
from tests.fixtures.platform import Platform

NAME = "Lighthouse Theatre"
PERSON = "+12126990191"
PERSON_ON_SCREEN = "+1 212 699 0191"
SCREEN = "/settings/data"
DAYS_OF_A_YEAR = 365


@pytest.fixture
def theatre(platform: Platform) -> Organisation:
    """Return an organisation with one contact, which is not set up to send."""
    organisation = platform.stranger()
    organisation.sign_up(NAME)
    organisation.api.post("/api/contacts", {"phone": PERSON, "firstName": "Zoë"})
    return organisation


def test_an_owner_erases_limits_and_downloads_data_and_closes_and_reopens_the_organisation(
    page: Page, theatre: Organisation, complaints: list[str]
) -> None:
    owner = Person(theatre.email, theatre.password)
    owner.sign_in(page, SCREEN)
    erase_a_person(page)
    assert theatre.api.get("/api/contacts")["items"] == []
    keep(page, "Texts", "texts")
    assert theatre.api.get("/api/settings/message-retention")["days"] == DAYS_OF_A_YEAR
    keep(page, "Audit log", "the audit log")
    assert theatre.api.get("/api/org")["auditLogDays"] == DAYS_OF_A_YEAR
    download_all(page, theatre)
    close(page)
    owner.sign_in(page, SCREEN)
    banner = page.get_by_role("region", name="Closed organisation")
    expect(banner).to_contain_text("Its data are deleted")
    banner.get_by_role("button", name="Reopen the organisation").click()
    expect(banner).to_have_count(0)
    wait_until_loaded(page)
    expect(page.get_by_role("table", name="Erasures")).to_be_visible()
    complaints.clear()  # While the organisation is closed, the browser logs the refused requests.


def erase_a_person(page: Page) -> None:
    """Erase the person: first without confirming it, which is refused at its field."""
    page.get_by_role("button", name="Erase a person").click()
    dialog = page.get_by_role("dialog", name="Erase a person")
    dialog.get_by_label("Phone number").fill(PERSON)
    dialog.get_by_role("button", name="Erase the person").click()
    expect(dialog.get_by_text("Confirm that you want to erase the person.")).to_be_visible()
    dialog.get_by_label("I understand that this can't be undone").check()
    dialog.get_by_role("button", name="Erase the person").click()
    expect(dialog).to_have_count(0)
    erased = page.get_by_role("table", name="Erasures").get_by_role("row").last
    expect(erased).to_contain_text("Erased")
    expect(erased).not_to_contain_text(PERSON_ON_SCREEN)


def keep(page: Page, label: str, what: str) -> None:
    """Keep something for a year: first choose it without confirming, which changes nothing."""
    choice = page.get_by_role("combobox", name=label)
    dialog = page.get_by_role("dialog", name=f"Keep {what} for 1 year?")
    for button in ("Cancel", f"Keep {what} for 1 year"):
        expect(choice).to_have_value("For ever")
        choice.click()
        page.get_by_role("option", name="1 year").click()
        expect(dialog).to_contain_text("can't be restored")
        dialog.get_by_role("button", name=button).click()
        expect(dialog).to_have_count(0)
    expect(choice).to_have_value("1 year")


def download_all(page: Page, theatre: Organisation) -> None:
    """Download the copy of all data, which has the owner and no password."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all data").click()
    lines = gzip.decompress(download.value.path().read_bytes()).decode().splitlines()
    users = [line["row"] for line in map(json.loads, lines) if line["table"] == "users"]
    assert [user["email"] for user in users] == [theatre.email]
    assert "password_hash" not in users[0]
    expect(page.get_by_role("status").filter(has_text="saved")).to_be_visible()


def close(page: Page) -> None:
    """Close the organisation, which needs its whole name."""
    page.get_by_role("button", name="Close the organisation").click()
    dialog = page.get_by_role("dialog", name=f"Close {NAME}?")
    confirm = dialog.get_by_role("button", name="Close the organisation")
    dialog.get_by_label("Name of the organisation").fill("Lighthouse")
    expect(confirm).to_be_disabled()
    dialog.get_by_label("Name of the organisation").fill(NAME)
    confirm.click()
    page.wait_for_url("**/sign-in")
