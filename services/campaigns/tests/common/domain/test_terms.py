"""Terms: what a user confirms, and for which texts a quote is valid."""

from typing import Any

import pytest

from servicekit.errors import Conflict, InvalidInput
from services.campaigns.common.domain.terms import Terms

PICTURES = ["https://example.com/cat.jpg"]
PRICES: dict[str, Any] = {
    "cents_per_segment": {"US": 1},
    "smart_encoding": True,
    "allowed_countries": [],
}
TERMS = Terms(
    **PRICES, max_price_cents_per_message=None, price_version="a", cents_per_mms={"US": 3}
)


def test_stored_terms_can_be_read_by_the_previous_release() -> None:
    stored = TERMS.to_store()
    assert "cents_per_mms" not in stored
    assert Terms.of_stored(stored, TERMS.cents_per_mms) == TERMS


def test_a_quote_is_valid_for_its_text_and_its_pictures_only() -> None:
    version = TERMS.version_of("Hi", PICTURES)
    TERMS.require(version, "Hi", PICTURES)
    for text, pictures in (("Hi", []), ("Hey", PICTURES), ("Hi", [*PICTURES, *PICTURES])):
        with pytest.raises(Conflict):
            TERMS.require(version, text, pictures)


def test_pictures_are_refused_if_no_country_has_a_price_for_them() -> None:
    terms = Terms(**PRICES, max_price_cents_per_message=None, price_version="a")
    terms.require(None, "Hi")
    with pytest.raises(InvalidInput) as refusal:
        terms.require(None, "Hi", PICTURES)
    assert (refusal.value.code, refusal.value.fields[0].field) == ("mms_not_offered", "mediaUrls")
