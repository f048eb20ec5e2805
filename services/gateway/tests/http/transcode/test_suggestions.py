"""The error about an unknown field name suggests the name that was probably meant."""

import pytest

from servicekit.errors import MOST_ERRORS
from services.gateway.http.transcode.faults import Faults
from services.gateway.http.transcode.suggestions import add_unknown

SEND = ("to", "message", "templateId", "contactId", "variables")
LIST = ("search", "limit", "cursor", "includeReleased")


@pytest.mark.parametrize(
    ("sent", "known", "meant"),
    [
        ("body", SEND, "message"),
        ("text", SEND, "message"),
        ("Message", SEND, "message"),
        ("template_id", SEND, "templateId"),
        ("recipient", SEND, "to"),
        ("mesage", SEND, "message"),
        ("q", LIST, "search"),
        ("per_page", LIST, "limit"),
        ("capabilities[]", ("capabilities",), "capabilities"),
    ],
)
def test_for_an_unknown_field_a_similar_name_is_suggested(
    sent: str, known: tuple[str, ...], meant: str
) -> None:
    faults = Faults()
    add_unknown(faults, f"items[3].{sent}", "field", known)
    assert [fault.message for fault in faults] == [f"is not a known field; did you mean {meant}?"]


@pytest.mark.parametrize("sent", ["metadata", "x", "", "._"])
def test_nothing_is_suggested_for_a_name_that_resembles_no_known_name(sent: str) -> None:
    faults = Faults()
    add_unknown(faults, sent, "parameter", LIST)
    assert [fault.message for fault in faults] == ["is not a known parameter"]


def test_faults_beyond_the_limit_are_counted_and_not_listed() -> None:
    faults = Faults()
    for number in range(MOST_ERRORS + 3):
        add_unknown(faults, f"f{number}", "field", SEND)
    assert (len(faults), faults.further) == (MOST_ERRORS, 3)
