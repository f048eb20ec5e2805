"""Send many people a text with their own values in the console."""

import re
from pathlib import Path

from playwright.sync_api import Page, Route, expect

from deploy.local.testkit.organisation import Organisation
from tests.browser.person import Person
from tests.browser.test_sending import texts_to
from tests.fixtures.waiting import wait_until_sync

ANN, BO, CY, OPTED_OUT = (f"+1212699070{n}" for n in range(4))
TABLE = f"""Phone;First name;Seat
{ANN};Ann;A1
{OPTED_OUT};Olga;A2
{BO};Bo;
{ANN};Ann again;A3
{CY};"Cy ""the"" Great";A4
"""


def test_each_person_of_a_table_gets_their_own_text_once(
    page: Page, acme: Organisation, owner: Person, complaints: list[str], tmp_path: Path
) -> None:
    acme.api.post("/api/contacts", {"phone": OPTED_OUT, "firstName": "Olga"})
    acme.opt_out([OPTED_OUT])
    keys: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            route.continue_()
            return
        route.fetch()
        route.abort("connectionreset")

    owner.sign_in(page, "/send/personal")
    page.route("**/api/sms/batch", lose_the_first_answer)
    pick_and_write(page, tmp_path / "seats.csv")
    page.get_by_role("button", name="Send 2 messages").dblclick()
    expect(page.get_by_text("It may have been accepted.", exact=False)).to_be_visible()
    page.reload()
    expect(page.get_by_text("Your last attempt got no answer.", exact=False)).to_be_visible()
    page.get_by_role("button", name="Send 2 messages").press("Enter")
    expect(page.get_by_text("2 messages accepted for $0.02")).to_be_visible()
    results = page.get_by_role("table", name="Results")
    expect(results.get_by_text("Accepted")).to_have_count(2)
    expect(results.get_by_text("The same number as in row 2.")).to_be_visible()
    assert [keys[0]] * 2 == keys
    wait_until_sync(lambda: texts_to(acme, ANN) and texts_to(acme, CY), 60, "the texts")
    assert texts_to(acme, ANN) == ["Hi Ann, your seat is A1"]
    assert texts_to(acme, CY) == ['Hi Cy "the" Great, your seat is A4']

    correct_who_got_none(page)
    wait_until_sync(lambda: texts_to(acme, BO), 60, "the text after the correction")
    assert texts_to(acme, BO) == ["Hi Bo, your seat is A5"]
    complaints.clear()  # the browser notes the broken connection


def pick_and_write(page: Page, file: Path) -> None:
    """Pick the table as a file, write the text, and look at what each person gets."""
    file.write_text(TABLE)
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("textbox", name="Message").fill("Hi ")
    page.get_by_role("button", name="{{firstName}}").click()
    page.get_by_role("textbox", name="Message").press_sequentially(", your seat is {{seat}}")
    quoted = page.get_by_role("table", name="What each person gets")
    expect(quoted.get_by_text("Hi Ann, your seat is A1")).to_be_visible()
    expect(quoted.get_by_text('Hi Cy "the" Great, your seat is A4')).to_be_visible()
    expect(quoted.get_by_text("No text")).to_have_count(2)
    expect(page.get_by_text(re.compile(r"\$0\.02 for 2 messages"))).to_be_visible()


def correct_who_got_none(page: Page) -> None:
    """Correct the people who got no text, who are still in the table, and send again."""
    people = page.get_by_role("textbox", name="People")
    expect(people).to_have_value(f"Phone\tFirst name\tSeat\n{OPTED_OUT}\tOlga\tA2\n{BO}\tBo\t")
    people.fill(f"Phone\tFirst name\tSeat\n{BO}\tBo\tA5")
    page.get_by_role("button", name="Send 1 message").click()
    expect(page.get_by_text("1 message accepted for $0.01")).to_be_visible()
    expect(people).to_have_value("")
