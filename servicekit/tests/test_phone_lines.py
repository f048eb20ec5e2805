"""A phone number always gets the same form, whoever wrote it: a person or a carrier."""

import pytest

from servicekit.phones import canonical, forms_of, normalise

ONE_LINE = [
    (
        "+525512345678",
        ["+5215512345678", "5215512345678", "+52 1 55 1234 5678", "+5204455 12345678"],
    ),
    ("+5491123456789", ["+541123456789", "541123456789", "+54 9 11 2345-6789"]),
    ("+5511987654321", ["+551187654321", "551187654321", "+55 11 98765-4321"]),
    ("+5511998765432", ["+551198765432"]),
    ("+2290197123456", ["+22997123456"]),
    ("+2250707123456", ["+22507123456"]),
    ("+2250747123456", ["+22547123456"]),
    ("+447911123456", ["+4407911123456", "447911123456", "00447911123456", "tel:+44-7911-123456"]),
    ("+14155552671", ["14155552671", "4155552671", "+1 (415) 555-2671", "+1 1 415 555 2671"]),
    ("+393331234567", ["393331234567", "+39 333 1234567"]),
]


@pytest.mark.parametrize(("one", "others"), ONE_LINE)
def test_every_form_in_which_carriers_write_a_number_becomes_the_same_number(
    one: str, others: list[str]
) -> None:
    assert {canonical(other) for other in [one, *others]} == {one}


@pytest.mark.parametrize(
    "reported",
    ["72345", "ACMEBANK", "whatsapp:+14155552671", "+15558675310", "", "+12345", "VZW 123"],
)
def test_text_that_is_not_a_phone_number_stays_as_it_is(reported: str) -> None:
    assert canonical(reported) == reported


@pytest.mark.parametrize(
    ("raw", "country", "e164"),
    [
        ("+5215512345678", "US", "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("01 55 1234 5678", "MX", "+525512345678"),
        ("+54 11 2345-6789", "US", "+5491123456789"),
        ("11 15 2345 6789", "AR", "+5491123456789"),
        ("+55 11 8765-4321", "US", "+5511987654321"),
        ("(11) 8765-4321", "BR", "+5511987654321"),
        ("+229 97 12 34 56", "US", "+2290197123456"),
        ("+225 47 12 34 56", "US", "+2250747123456"),
    ],
)
def test_another_form_of_a_number_that_a_person_types_becomes_the_standard_form(
    raw: str, country: str, e164: str
) -> None:
    assert normalise(raw, country).e164 == e164
    assert canonical(e164) == e164


@pytest.mark.parametrize("landline", ["+551132345678", "+525512345678", "+390612345678"])
def test_the_extra_digits_of_mobiles_are_not_added_to_landlines(landline: str) -> None:
    assert canonical(landline) == landline


def test_all_forms_of_a_number_are_listed_to_find_earlier_messages() -> None:
    assert forms_of("+525512345678") == ("+525512345678", "+5215512345678")
    assert forms_of("+541123456789") == ("+5491123456789", "+541123456789")
    assert forms_of("+551187654321") == ("+5511987654321", "+551187654321")
    assert forms_of("+14155552671") == ("+14155552671",)
    for one, _ in ONE_LINE:
        assert {canonical(other) for other in forms_of(one)} == {one}
