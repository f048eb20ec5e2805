"""Compare segments and Smart Encoding with counts that these tests make in another way.

The rules are those of Twilio's documentation. With GSM-7, a single segment has 160 characters, and
each of several segments has 153. With UCS-2 it is 70 and 67. No character is divided between two
segments.
"""

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from simulator.tests.conftest import LiveSimulator
from simulator.tests.twilio_client import call, refusal, tenant
from simulator.twilio.segments import GSM_BASIC, GSM_EXTENDED, count_segments
from simulator.twilio.smart_encoding import smart_encode

# 3GPP TS 23.038, the basic table, row by row. The escape at 0x1B has no character.
GSM_TABLE = (
    "@Δ 0¡P¿p£_!1AQaq$Φ\"2BRbr¥Γ#3CScsèΛ¤4DTdtéΩ%5EUeuùΠ&6FVfvìΨ'7GWgwòΣ(8HXhxÇΘ)9IYiy\nΞ*:JZjz"
    "Ø+;KÄkäøÆ,<LÖlö\ræ-=MÑmñÅß.>NÜnüåÉ/?O§oà"
)
EXTENDED = "^{}\\[~]|€\f"


def long_text(characters: st.SearchStrategy[str], longest: int) -> st.SearchStrategy[str]:
    """Return a strategy for texts of up to `longest` characters, which repeat a few characters."""
    pieces = st.lists(characters, min_size=1, max_size=9).map("".join)
    return st.tuples(pieces, st.integers(0, longest)).map(lambda t: (t[0] * longest)[: t[1]])


BASIC = long_text(st.sampled_from(GSM_TABLE), 700)
MIXED = long_text(st.sampled_from("abcd" + EXTENDED), 500)
OTHER = long_text(st.characters(exclude_categories=["Cs"]), 300)


def ucs2_segments(body: str) -> int:
    """Cut the UTF-16 bytes into parts of 134 bytes, never inside a pair of surrogates."""
    if len(body.encode("utf-16-be")) <= 140:
        return 1
    segments, rest = 0, body
    while rest:
        taken = next(
            n for n in range(min(67, len(rest)), 0, -1) if len(rest[:n].encode("utf-16-be")) <= 134
        )
        segments, rest = segments + 1, rest[taken:]
    return segments


def gsm_segments(body: str) -> int:
    """Cut the 7-bit codes into parts of 153, never between an escape and its character."""
    codes = "".join("\x1b" + c if c in EXTENDED else c for c in body)
    if len(codes) <= 160:
        return 1
    segments = 0
    while codes:
        cut = 152 if len(codes) > 153 and codes[152] == "\x1b" else 153
        segments, codes = segments + 1, codes[cut:]
    return segments


def test_the_gsm_alphabet_equals_the_standard() -> None:
    assert set(GSM_BASIC) == set(GSM_TABLE)
    assert len(GSM_BASIC) == 127
    assert set(GSM_EXTENDED) == set(EXTENDED)


@settings(deadline=None)
@given(BASIC)
@example("a" * 306)
@example("a" * 459)
def test_a_long_text_of_basic_characters_has_153_of_them_in_each_segment(body: str) -> None:
    expected = 1 if len(body) <= 160 else math.ceil(len(body) / 153)
    assert count_segments(body) == expected


@settings(deadline=None)
@given(MIXED)
@example("a" * 152 + "€" * 80)
@example("a" * 159 + "€")
def test_extended_characters_take_two_codes_that_stay_together(body: str) -> None:
    assert count_segments(body) == gsm_segments(body)


@settings(deadline=None)
@given(OTHER, st.sampled_from("中Áç😀\t`"))
@example("😀" * 100, "中")
@example("中" * 66 + "😀" * 40, "中")
def test_one_character_outside_of_gsm_7_makes_the_whole_text_ucs2(body: str, other: str) -> None:
    assert count_segments(body + other) == ucs2_segments(body + other)


@settings(deadline=None)
@given(OTHER | BASIC)
def test_a_second_smart_encoding_changes_nothing(body: str) -> None:
    once = smart_encode(body)
    assert smart_encode(once) == once


@settings(deadline=None)
@given(BASIC)
def test_smart_encoding_leaves_gsm_characters_alone(body: str) -> None:
    assert smart_encode(body) == body


@pytest.mark.parametrize(
    ("body", "segments"),
    [("a" * 160, "1"), ("a" * 161, "2"), ("€" * 81, "2"), ("中" * 70, "1"), ("中" * 71, "2")],
)
async def test_a_message_shows_its_segments(sim: LiveSimulator, body: str, segments: str) -> None:
    acme = await tenant(sim)
    made = await call(
        lambda: acme.client.messages.create(to="+12125550123", from_=acme.number, body=body)
    )
    assert made.num_segments == segments


async def test_a_body_has_at_most_1600_characters(sim: LiveSimulator) -> None:
    acme = await tenant(sim)

    def send(body: str) -> str:
        made = acme.client.messages.create(to="+12125550123", from_=acme.number, body=body)
        return str(made.body)

    assert await call(lambda: send("中" * 1600)) == "中" * 1600
    assert await refusal(lambda: send("x" * 1601)) == (400, 21617)


async def test_without_a_service_smart_encoding_is_used_only_if_the_request_asks_for_it(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)

    def send(**more: bool) -> str:
        made = acme.client.messages.create(
            to="+12125550123", from_=acme.number, body="\u201chi\u201d", **more
        )
        return str(made.body)

    assert await call(send) == "\u201chi\u201d"
    assert await call(lambda: send(smart_encoded=True)) == '"hi"'
