"""For each error code, a user is told what to do about it."""

import pytest

from services.messaging.common.domain.cures import cure_of


@pytest.mark.parametrize(
    ("code", "cure"),
    [
        (30003, "retry"),
        (30006, "correct_number"),
        (30007, "change_text"),
        (30034, "register"),
        (30445, "register"),
        (21606, "change_sender"),
        (21610, "none"),
        (20005, "contact_support"),
        (99999, "retry"),  # an unknown code may be temporary
    ],
)
def test_each_listed_error_code_has_advice_for_the_user(code: int, cure: str) -> None:
    assert cure_of(code) == cure
