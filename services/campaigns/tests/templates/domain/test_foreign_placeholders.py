"""Finding placeholders of other tools."""

import pytest

from services.campaigns.templates.domain.foreign_placeholders import foreign_placeholders


@pytest.mark.parametrize(
    "placeholder",
    [
        *("{firstName}", "{first_name}", "{First Name}", "${firstName}", "#{first_name}"),
        *("*|FNAME|*", "*|MERGE1|*", "*|IF:FNAME|*", "%FIRSTNAME%", "%first_name%", "%%fname%%"),
        *("<<First Name>>", "[[firstName]]", "[First Name]", "[FNAME]", "[name]"),
    ],
)
def test_placeholder_of_another_tool_is_found(placeholder: str) -> None:
    assert foreign_placeholders(f"Hi {placeholder}, doors open at 7") == (placeholder,)


def test_each_placeholder_is_listed_once_in_order() -> None:
    text = "Hi {first}, *|LNAME|* and {first}: hello"
    assert foreign_placeholders(text) == ("{first}", "*|LNAME|*")


@pytest.mark.parametrize(
    "text",
    [
        "Hi {{firstName}}, doors open at 7",
        "Hi {{ firstName }}!",
        "50% off everything, 20% on shoes",
        "Save 10%-20% today",
        "We <3 you :-} {-:",
        "Reply [STOP] to opt out",
        "5 * 3 | 2 * 1",
        "{}",
        "Open 9-5 [Mon-Fri]",
        "See https://example.org/a%20b%20c?x=%C3%BC",
    ],
)
def test_ordinary_text_has_no_foreign_placeholders(text: str) -> None:
    assert foreign_placeholders(text) == ()
