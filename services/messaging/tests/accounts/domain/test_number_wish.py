"""Which numbers suit a wish."""

import pytest

from services.messaging.accounts.domain.number_wish import NumberWish

EVERYTHING = ["sms", "mms", "voice"]


@pytest.mark.parametrize(
    ("phone_number", "country", "capabilities", "suits"),
    [
        ("+14155550100", "US", EVERYTHING, True),
        ("+14155550100", "US", ["sms"], True),
        ("+14155550100", "US", ["voice"], False),
        ("+12065550100", "US", EVERYTHING, False),
        ("+14155550100", "CA", EVERYTHING, False),
    ],
)
def test_area_country_and_capabilities_must_suit(
    phone_number: str, country: str, capabilities: list[str], suits: bool
) -> None:
    wish = NumberWish("US", "415", ["sms"], 1)
    assert wish.suits(phone_number, country, capabilities) is suits


def test_without_an_area_code_the_country_decides() -> None:
    wish = NumberWish("GB", None, ["sms"], 1)
    assert wish.suits("+447400123456", "GB", ["sms"])
    assert wish.decisive_field == "country"
    assert NumberWish("US", "415", ["sms"], 1).decisive_field == "areaCode"
