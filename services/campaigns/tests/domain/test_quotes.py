"""Quotes of many pages add up."""

from services.campaigns.domain.quotes import Destination, Sum


def test_pages_to_one_country_are_one_destination() -> None:
    total = Sum()
    total.add(Destination("US", 1, 2, 3, 1, 2, 3))
    total.add(Destination("US", 1, 1, 5, 5, 5, 5))
    total.add(Destination("CA", 2, 1, 1, 2, 2, 2))
    assert total.destinations["US"] == Destination("US", 1, 3, 8, 1, 5, 8)
    assert (total.recipients, total.total_cents) == (4, 10)
