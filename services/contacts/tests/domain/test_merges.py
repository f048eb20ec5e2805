"""The values that a contact has after a merge."""

import pytest

from services.contacts.domain.merges import Details, MergeField, changes

ANN = Details("Ann", None, "ann@example.com", None)
BEN = Details("Ben", "Baker", "ben@example.com", "Europe/Paris")


@pytest.mark.parametrize(
    ("take", "changed"),
    [
        ([], {"time_zone": "Europe/Paris"}),
        (["email"], {"time_zone": "Europe/Paris", "email": "ben@example.com"}),
        (["name"], {"time_zone": "Europe/Paris", "first_name": "Ben", "last_name": "Baker"}),
        (["phone"], {"time_zone": "Europe/Paris"}),
    ],
)
def test_the_kept_contact_takes_the_chosen_fields_and_those_that_it_lacks(
    take: list[MergeField], changed: dict[str, str]
) -> None:
    assert changes(ANN, BEN, frozenset(take)) == changed


def test_if_the_other_contact_lacks_a_chosen_field_the_kept_contact_keeps_its_own_value() -> None:
    nobody = Details(None, None, None, None)
    assert changes(ANN, nobody, frozenset({"name", "email", "zone"})) == {}


def test_first_and_last_name_are_always_taken_together() -> None:
    assert changes(BEN, ANN, frozenset({"name"})) == {"first_name": "Ann", "last_name": None}
