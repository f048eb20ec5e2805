"""Phone numbers are matched against the criteria of a request."""

import pytest

from services.messaging.accounts.domain.number_criteria import NumberCriteria

EVERYTHING = ["sms", "mms", "voice"]


@pytest.mark.parametrize(
    ("phone_number", "country", "capabilities", "matches"),
    [
        ("+14155550100", "US", EVERYTHING, True),
        ("+14155550100", "US", ["sms"], True),
        ("+14155550100", "US", ["voice"], False),
        ("+12065550100", "US", EVERYTHING, False),
        ("+14155550100", "CA", EVERYTHING, False),
    ],
)
def test_a_number_must_match_the_area_code_country_and_capabilities(
    phone_number: str, country: str, capabilities: list[str], matches: bool
) -> None:
    criteria = NumberCriteria("US", "415", ["sms"], 1)
    assert criteria.matches(phone_number, country, capabilities) is matches


def test_without_an_area_code_every_number_of_the_country_matches() -> None:
    criteria = NumberCriteria("GB", None, ["sms"], 1)
    assert criteria.matches("+447400123456", "GB", ["sms"])
    assert criteria.most_specific_field == "country"
    assert NumberCriteria("US", "415", ["sms"], 1).most_specific_field == "areaCode"
