"""Magic numbers can be texted, and the documentation describes their outcomes correctly."""

import re
from pathlib import Path

import pytest

from servicekit.phones import normalise
from services.messaging.sending.domain.magic_numbers import SCENARIOS, scenario_of
from services.messaging.sending.domain.message_status import MessageStatus

ROOT = Path(__file__).parents[5]
_ROW = re.compile(r"^\| `(\+1\d{10})`[^|]*\| (.*) \|$", re.MULTILINE)
_SHOWN = re.compile(r'number: "(\+1\d{10})", outcome: "([^"]*)"')


@pytest.mark.parametrize("number", SCENARIOS)
def test_a_magic_number_is_a_valid_recipient_that_no_phone_has(number: str) -> None:
    assert normalise(number).e164 == number
    assert re.fullmatch(r"\+1\d{3}55501\d\d", number)


@pytest.mark.parametrize("number", SCENARIOS)
def test_the_documentation_and_the_console_list_the_outcome_of_each_magic_number(
    number: str,
) -> None:
    documented = dict(_ROW.findall((ROOT / "docs/guides/test-mode.md").read_text()))
    source = (ROOT / "console/src/shared/magic-numbers.ts").read_text()
    shown = dict(_SHOWN.findall(source))
    assert documented.keys() == shown.keys() == SCENARIOS.keys()
    scenario = scenario_of(number)
    for words in (documented[number], shown[number]):
        code = str(scenario.error_code) if scenario.error_code else ""
        assert code in words
        assert (scenario.reply or "") in words
        assert bool(re.search("never confirmed", words)) is (scenario.ends_as is None)


def test_a_text_to_any_other_number_is_delivered() -> None:
    assert scenario_of("+14155550142").ends_as is MessageStatus.DELIVERED
