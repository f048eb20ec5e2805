"""Parsing and rendering templates."""

import string
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import InvalidInput
from services.campaigns.templates.domain.empty_values import is_blank
from services.campaigns.templates.domain.templates import (
    CONTACT_VARIABLES,
    MAX_TEXT,
    parse,
    parse_for_contacts,
    preview,
    render_given,
    sendable,
)

names = st.from_regex(r"\A[A-Za-z][A-Za-z0-9_]{0,11}\Z")
# Text between placeholders: anything that does not open a placeholder.
literals = st.text(max_size=30).filter(lambda text: "{" not in text)
pieces = st.lists(st.tuples(names, literals), max_size=8)
hostile = st.sampled_from(
    ["{{firstName}}", "{{7*7}}", "}}", "{{", "%s", "\\1", "\\g<0>", "$0", "<script>", "&amp;"]
)
# With a blank value, the space and the comma before it are removed too.
values = st.one_of(hostile, st.text(max_size=20)).filter(lambda value: not is_blank(value))


def written(start: str, parts: list[tuple[str, str]], spaces: str = "") -> str:
    return start + "".join(f"{{{{{spaces}{name}{spaces}}}}}{text}" for name, text in parts)


@given(literals, pieces, st.sampled_from(["", " ", "   ", "\u00a0", "\u202f", "\u200b"]))
def test_parsing_a_template_returns_the_placeholders_that_were_written_in_it(
    start: str, parts: list[tuple[str, str]], spaces: str
) -> None:
    template = parse(written(start, parts, spaces), "content")
    assert template.start == start
    assert list(template.parts) == parts
    assert list(template.variables) == list(dict.fromkeys(name for name, _ in parts))


@given(literals, pieces, st.data())
def test_the_values_of_placeholders_are_inserted_unchanged(
    start: str, parts: list[tuple[str, str]], data: st.DataObject
) -> None:
    given_values = {name: data.draw(values) for name, _ in parts}
    expected = start + "".join(given_values[name] + text for name, text in parts)
    content = written(start, parts)
    assert parse(content, "content").render(given_values) == expected
    assert preview(content, given_values) == expected


@given(st.text(max_size=200))
def test_a_text_without_braces_stays_unchanged(text: str) -> None:
    content = text.replace("{", "(")
    assert parse(content, "content").render({}) == content


@given(st.text(alphabet=string.ascii_letters + "{} .#7*_", max_size=60))
def test_any_content_is_either_parsed_or_rejected(content: str) -> None:
    try:
        template = parse(content, "content")
    except InvalidInput:
        assert "{{" in content
    else:
        everything = template.start + "".join(text for _, text in template.parts)
        assert "{{" not in everything


@pytest.mark.parametrize(
    "placeholder",
    [
        "{{7*7}}",
        "{{config}}.{{a.__class__}}",
        "{{a.__class__}}",
        "{{#if}}",
        "{{/if}}",
        "{{>partial}}",
        "{{&name}}",
        "{{{name}}}",
        "{{}}",
        "{{ }}",
        "{{first name}}",
        "{{1st}}",
        "{{_name}}",
        "{{näme}}",
        "{{name\n}}",
        "{{name",
        "{{name}",
        "{{ {{name}} }}",
    ],
)
def test_a_malformed_placeholder_is_rejected_and_named(placeholder: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(f"Hello {placeholder}", "content")
    (fault,) = caught.value.fields
    assert fault.field == "content"
    assert fault.message.startswith("{{")


def test_the_error_contains_only_the_malformed_placeholder() -> None:
    with pytest.raises(InvalidInput, match=r"content: \{\{7\*7\}\} is not a placeholder"):
        parse("Hi {{firstName}}, {{7*7}} and {{lastName}}", "content")


@pytest.mark.parametrize("content", ["a } b", "a }} b", "{name}", "{ {name} }", "{}", "}}{"])
def test_single_braces_are_ordinary_text(content: str) -> None:
    assert parse(content, "content").render({"name": "value"}) == content


def test_a_campaign_text_may_use_only_contact_placeholders() -> None:
    known = " ".join(f"{{{{{name}}}}}" for name in CONTACT_VARIABLES)
    assert parse_for_contacts(known, "message").variables == CONTACT_VARIABLES
    with pytest.raises(InvalidInput, match="fill the placeholders seat, gate") as caught:
        parse_for_contacts("{{seat}} {{firstName}} {{gate}}", "templateId")
    assert caught.value.code == "missing_variables"
    assert [fault.field for fault in caught.value.fields] == ["templateId"]


def test_the_error_names_each_missing_placeholder_value() -> None:
    with pytest.raises(InvalidInput) as caught:
        render_given("{{a}} {{b}} {{c}} {{b}}", {"a": "1"})
    assert caught.value.code == "missing_variables"
    assert [fault.field for fault in caught.value.fields] == ["variables.b", "variables.c"]


def test_a_template_whose_rendered_text_is_empty_or_too_long_is_rejected() -> None:
    assert render_given("{{a}}", {"a": "x" * MAX_TEXT}) == "x" * MAX_TEXT
    with pytest.raises(InvalidInput) as too_long:
        render_given("{{a}}", {"a": "x" * (MAX_TEXT + 1)})
    assert too_long.value.code == "message_too_long"
    with pytest.raises(InvalidInput, match="variables: The text would be empty"):
        render_given("{{a}} ", {"a": " \n"})


@pytest.mark.parametrize(
    ("text", "can_be"),
    [("x", True), (" x ", True), ("", False), (" \n", False), ("x" * 1601, False)],
)
def test_a_text_is_sendable_if_it_is_neither_empty_nor_too_long(text: str, can_be: bool) -> None:
    assert sendable(text) is can_be


def test_a_preview_keeps_placeholders_without_a_value() -> None:
    assert preview("{{a}} {{ b }} {{c}}", {"a": "1", "c": "{{ b }}"}) == "1 {{ b }} {{ b }}"


def test_rendering_a_template_takes_microseconds() -> None:
    template = parse(
        "Hi {{firstName}} {{lastName}}, your order {{phone}} is ready. " * 5, "content"
    )
    contact = dict.fromkeys(CONTACT_VARIABLES, "some value")
    started = time.process_time()
    for _ in range(10_000):
        template.render(contact)
    assert (time.process_time() - started) / 10_000 < 50e-6


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Hi {{firstName}}, see you at 7", "Hi, see you at 7"),
        ("Hi {{firstName}} , see you", "Hi, see you"),
        ("Hi\u00a0{{firstName}}, see you", "Hi, see you"),
        ("Hey {{firstName}}\u2026 now", "Hey\u2026 now"),
        ("Hi {{firstName}}\u2014see you", "Hi\u2014see you"),
        ("Hi ({{firstName}}), see you", "Hi, see you"),
        ("Hi *{{firstName}}*, see you", "Hi, see you"),
        ("Hi, {{firstName}}\nDoors open", "Hi\nDoors open"),
        ("We missed you, {{firstName}}", "We missed you"),
        ("{{firstName}}! Doors open", "Doors open"),
        ("{{firstName}}'s table is ready", "table is ready"),
        ("\u60a8\u597d\uff0c{{firstName}}\uff01", "\u60a8\u597d\uff01"),
        ("{{firstName}}\u69d8\u3001\u4e88\u7d04", "\u4e88\u7d04"),
        (
            "\u0645\u0631\u062d\u0628\u0627 {{firstName}}\u060c",
            "\u0645\u0631\u062d\u0628\u0627\u060c",
        ),
        ("Hi {{firstName}}! Doors open at 7", "Hi! Doors open at 7"),
        ("Hi {{firstName}}", "Hi"),
        ("Hi {{firstName}} and welcome", "Hi and welcome"),
        ("Hi {{firstName}}\nDoors open", "Hi\nDoors open"),
        ("{{firstName}}, doors open at 7", "doors open at 7"),
        ("See you there, {{firstName}}!", "See you there!"),
        ("See you, {{firstName}}. Bye", "See you. Bye"),
        ("Dear {{firstName}} Lee,", "Dear Lee,"),
        ("Dear {{lastName}} {{firstName}}, hello", "Dear Lee, hello"),
        ("Dear {{firstName}} {{lastName}}, hello", "Dear Lee, hello"),
        ("Dear {{firstName}} {{email}}, hello", "Dear, hello"),
        ("({{firstName}})", "()"),
        ("x{{firstName}}y", "xy"),
    ],
)
def test_an_empty_placeholder_value_leaves_no_double_space(content: str, text: str) -> None:
    values = {"firstName": "", "lastName": "Lee", "email": ""}
    assert parse(content, "content").render(values) == text
