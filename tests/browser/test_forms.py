"""Every error that the API reports about a form is shown, and the first bad field has the focus."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from deploy.local.testkit.organisation import Organisation
from deploy.local.waiting import wait_for
from tests.browser.person import open_screen

TEXTER = "+12126990201"
SILENT = "+12126990202"
UNPROCESSABLE = 422


@dataclass(frozen=True)
class Form:
    """A form: its screen, the path of its request, and how it is filled in and sent."""

    name: str
    screen: str
    path: str
    fill_and_send: Callable[[Page], None]
    method: str = "POST"
    # Registration saves each field when somebody leaves it, so the focus is on the next one.
    keeps_focus: bool = False


def _quick_send(page: Page) -> None:
    page.get_by_role("textbox", name="To").fill("+12126990203")
    page.get_by_role("textbox", name="Message").fill("Hello")
    page.get_by_role("button", name="Send the message").click()


def _transfer(page: Page) -> None:
    page.get_by_role("button", name="Move money").click()
    dialog = page.get_by_role("dialog")
    for label, choice in (("From", "Olive Owner"), ("To", "The organisation")):
        dialog.get_by_role("combobox", name=label, exact=True).click()
        page.get_by_role("option", name=choice).locator("visible=true").click()
    dialog.get_by_label("Amount").fill("1")
    dialog.get_by_label("Note").fill("For March")
    dialog.get_by_role("button", name="Move $1.00").click()


def _registration(page: Page) -> None:
    page.get_by_label("Street and number").fill("1 Main Street")
    page.keyboard.press("Tab")


def _bulk_change(page: Page) -> None:
    page.get_by_role("button", name="Change all").click()
    page.get_by_role("menuitem", name="Add tags").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill("guest")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Tag").click()


def _save_segment(page: Page) -> None:
    page.get_by_role("button", name="Save as a segment").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Everybody with a 2")
    dialog.get_by_role("button", name="Save the segment").click()


def _reply(page: Page) -> None:
    page.get_by_role("button", name="+1 212 699 0201").click()
    page.get_by_role("textbox", name="Reply").fill("At seven")
    page.get_by_role("button", name="Send the reply").click()


def _opt_in(page: Page) -> None:
    page.get_by_role("button", name="+1 212 699 0202").click()
    page.get_by_role("dialog").get_by_role("button", name="Opt in").click()
    dialog = page.get_by_role("dialog", name="Opt in +1")
    dialog.get_by_label("How did this person agree").fill("A call")
    dialog.get_by_label("In which words?").fill("Yes")
    dialog.get_by_role("button", name="Opt in").click()


FORMS = (
    Form("quick send", "/send", "/api/sms/send", _quick_send),
    Form("transfer", "/billing", "/api/billing/transfers", _transfer),
    Form(
        "registration",
        "/registration?step=company",
        "/api/a2p/brand/draft",
        _registration,
        "PUT",
        keeps_focus=True,
    ),
    Form("bulk change", "/contacts", "/api/contacts/bulk-changes", _bulk_change),
    Form("segment", "/contacts?search=2", "/api/contact-lists", _save_segment),
    Form("reply", "/inbox", "/api/messages/reply", _reply),
    Form("opt-in", "/contacts?optStatus=opted_out", "/api/contacts/*/opt-in", _opt_in),
)


@pytest.fixture(scope="module")
def texted(acme: Organisation) -> Organisation:
    """Return an organisation that got a text, and whose other contact has opted out."""
    acme.simulator.text(TEXTER, acme.numbers[0], "When does it begin?")
    acme.opt_out([SILENT])
    wait_for("the text", lambda: acme.api.get("/api/contacts", search=TEXTER)["items"], 60.0)
    return acme


def test_each_form_shows_each_error_and_focuses_the_first_bad_field(
    texted: Organisation, tab: Page, complaints: list[str]
) -> None:
    for form in FORMS:
        open_screen(tab, form.screen)
        refused: list[str] = []
        tab.route(
            f"**{form.path}", lambda route, form=form, names=refused: _refuse(route, form, names)
        )
        form.fill_and_send(tab)
        expect(tab.get_by_text("Bad ").first, form.name).to_be_visible()
        for field in refused:
            expect(tab.get_by_text(f"Bad {field}.").first, form.name).to_be_visible()
        assert refused, form.name
        if not form.keeps_focus:
            expect(
                tab.locator("[aria-invalid=true]:focus, [role=alert]:focus"), form.name
            ).to_be_visible()
        tab.unroute_all()
    # The browser's console reports each refused request.
    assert all("422" in complaint for complaint in complaints)
    complaints.clear()


def _refuse(route: Route, form: Form, names: list[str]) -> None:
    """Refuse each field of a request, as the API names them."""
    if route.request.method != form.method:
        route.continue_()
        return
    names[:] = list(_paths(route.request.post_data_json or {}))
    errors = [{"field": name, "message": f"Bad {name}."} for name in names]
    problem = {"status": UNPROCESSABLE, "code": "invalid_request", "errors": errors}
    route.fulfill(
        status=UNPROCESSABLE,
        content_type="application/problem+json",
        body=json.dumps({**problem, "detail": "Some of the input is invalid."}),
    )


def _paths(body: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Yield the path of each value in a request, such as `filter.tag` or `tags[0]`."""
    for name, value in body.items():
        path = before + name
        if isinstance(value, Mapping) and value:
            yield from _paths(value, f"{path}.")
        elif isinstance(value, list) and value:
            yield from (f"{path}[{index}]" for index in range(len(value)))
        else:
            yield path
