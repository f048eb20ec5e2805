"""Placeholders in the format of other tools are found in a text."""

import pytest

from services.campaigns.templates.domain.foreign_placeholders import foreign_placeholders


@pytest.mark.parametrize(
    "placeholder",
    [
        *("{firstName}", "{first_name}", "{First Name}", "${firstName}", "#{first_name}"),
        *("*|FNAME|*", "*|MERGE1|*", "*|IF:FNAME|*", "%FIRSTNAME%", "%first_name%", "%%fname%%"),
        *("{firstName}}", "{ firstName }", "{!Contact.FirstName}", "{first_name|there}", "{$name}"),
        *(
            "{\u0438\u043c\u044f}",
            "{\u00c9tat}",
            "{contactfield=firstname}",
            "{0}",
            "{% if vip %}",
            "{#name#}",
        ),
        *(
            "\uff5bfirstName\uff5d",
            "firstName}}",
            "*|FNAME:default=there|*",
            "%recipient.first_name%",
        ),
        *(
            "%First Name%",
            "%%=v(@FirstName)=%%",
            "%(first_name)s",
            "<%= first_name %>",
            "<First Name>",
        ),
        *(
            "[subscriber:firstname | default:there]",
            "[contact.first_name]",
            "[Vorname]",
            "[Your Name]",
        ),
        *(
            "\u00abFirst Name\u00bb",
            "(First Name)",
            "[[ firstName ]]",
            "<< firstName >>",
            "[$name$]",
        ),
        *(
            "-firstName-",
            "#FIRSTNAME#",
            "$firstName",
            "@first_name",
            ":first_name:",
            "|FNAME|",
            "FNAME",
        ),
        *("<<First Name>>", "[[firstName]]", "[First Name]", "[FNAME]", "[name]"),
    ],
)
def test_a_placeholder_of_another_tool_is_found(placeholder: str) -> None:
    assert foreign_placeholders(f"Hi {placeholder}, doors open at 7") == (placeholder,)


def test_each_placeholder_is_listed_once_in_order() -> None:
    text = "Hi {first}, *|LNAME|* and {first}: hello"
    assert foreign_placeholders(text) == ("{first}", "*|LNAME|*")


@pytest.mark.parametrize(
    "text",
    [
        "Hi {{firstName}}, doors open at 7",
        "Hi {{ firstName }}!",
        "Hi {{\u200efirstName\u00ad}}!",
        "See https://example.org/?first_name={{firstName}}&lname=x",
        "10% off and 20% more, 50%OFF%",
        "\u00abHola\u00bb (Name) <3 $5 #party @anna -yes- [sic] [email protected]",
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
def test_an_ordinary_text_has_no_foreign_placeholders(text: str) -> None:
    assert foreign_placeholders(text) == ()
