"""Segments: the expected counts are those of Twilio's segment calculator 1.3.0."""

import string
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit import segments as kit
from servicekit.segments import smart_encode

measure = partial(kit.measure, smart_encoding=False)
segment_count = partial(kit.segment_count, smart_encoding=False)

EURO = "\u20ac"
GRIN = "\U0001f600"
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
ITALY = "\U0001f1ee\U0001f1f9"
RIGHT_QUOTE = "\u2019"
DIGITS = "1234567890" * 20
OPT_OUT = "Reply STOP to opt out. Msg&data rates may apply."

GSM_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = "\f^{}\\[~]|" + EURO
BMP_WITHOUT_JOINS = "\u4e2d\u6587" + RIGHT_QUOTE + "ab"


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", "GSM-7", 0, 1),
        ("a" * 160, "GSM-7", 160, 1),
        ("a" * 161, "GSM-7", 161, 2),
        ("a" * 306, "GSM-7", 306, 2),
        ("a" * 307, "GSM-7", 307, 3),
        ("a" * 459, "GSM-7", 459, 3),
        ("a" * 460, "GSM-7", 460, 4),
        (EURO * 80, "GSM-7", 160, 1),
        (EURO * 81, "GSM-7", 162, 2),
        ("a" * 158 + EURO, "GSM-7", 160, 1),
        ("a" * 159 + EURO, "GSM-7", 161, 2),
        ("a" * 152 + EURO + "a" * 10, "GSM-7", 164, 2),
        ("a" * 152 + EURO + "a" * 151, "GSM-7", 305, 2),
        ("a" * 152 + EURO + "a" * 152, "GSM-7", 306, 3),
        ("é" * 160, "GSM-7", 160, 1),
        ("é" * 161, "GSM-7", 161, 2),
        ("Ç" * 160, "GSM-7", 160, 1),
        ("ç" * 70, "UCS-2", 70, 1),
        ("Á" * 71, "UCS-2", 71, 2),
        ("\u4e2d" * 70, "UCS-2", 70, 1),
        ("\u4e2d" * 71, "UCS-2", 71, 2),
        ("\u4e2d" * 134, "UCS-2", 134, 2),
        ("\u4e2d" * 135, "UCS-2", 135, 3),
        ("\u4e2d" * 201, "UCS-2", 201, 3),
        ("\u4e2d" * 202, "UCS-2", 202, 4),
        (GRIN * 35, "UCS-2", 70, 1),
        (GRIN * 36, "UCS-2", 72, 2),
        ("\u4e2d" * 66 + GRIN + "\u4e2d" * 65, "UCS-2", 133, 2),
        ("\u4e2d" * 66 + GRIN + "\u4e2d" * 66, "UCS-2", 134, 3),
        ("\U0001f61c" + DIGITS[:68], "UCS-2", 70, 1),
        ("\U0001f61c" + DIGITS[:69], "UCS-2", 71, 2),
        ("\U0001f61c" + DIGITS[:133], "UCS-2", 135, 3),
        (ITALY + DIGITS[:66], "UCS-2", 70, 1),
        (ITALY + DIGITS[:67], "UCS-2", 71, 2),
        (FAMILY * 6, "UCS-2", 66, 1),
        (FAMILY * 7, "UCS-2", 77, 2),
        (FAMILY * 10, "UCS-2", 110, 2),
        ("a" * 69 + RIGHT_QUOTE, "UCS-2", 70, 1),
        ("a" * 70 + RIGHT_QUOTE, "UCS-2", 71, 2),
        ("a\tb", "UCS-2", 3, 1),
        ("a\u00a0b", "UCS-2", 3, 1),
        ("`", "UCS-2", 1, 1),
        ("a\r\nb", "GSM-7", 4, 1),
        (GRIN + "]" * 68, "UCS-2", 70, 1),
        (GRIN + "]" * 69, "UCS-2", 71, 2),
        (OPT_OUT, "GSM-7", 48, 1),
    ],
)
def test_the_segments_of_a_text_are_counted_as_by_twilios_calculator(
    text: str, encoding: str, units: int, segments: int
) -> None:
    measured = measure(text)
    assert (measured.encoding, measured.units, measured.segments) == (encoding, units, segments)
    assert segment_count(text) == segments


@pytest.mark.parametrize(
    "cluster",
    [
        pytest.param(FAMILY, id="family"),
        pytest.param(ITALY, id="flag"),
        pytest.param("\U0001f3f3\ufe0f\u200d\U0001f308", id="rainbow flag"),
        pytest.param("\U0001f44d\U0001f3fd", id="thumb with skin tone"),
        pytest.param("\U0001f926\U0001f3fb\u200d\u2642\ufe0f", id="man facepalming"),
        pytest.param("1\ufe0f\u20e3", id="keycap"),
        pytest.param("e\u0301", id="letter with combining mark"),
        pytest.param("\u1112\u1161\u11ab", id="hangul of three letters"),
        pytest.param("\u0915\u093f", id="devanagari with vowel sign"),
        pytest.param("\u0600\u0661", id="arabic number sign"),
    ],
)
def test_a_segment_never_ends_within_a_cluster_of_characters(cluster: str) -> None:
    units = len(cluster.encode("utf-16-le")) // 2
    one_too_far = "\u4e2d" * (67 - units + 1) + cluster
    filling_the_second_part = one_too_far + "\u4e2d" * (67 - units)
    assert segment_count(filling_the_second_part) == 2
    assert segment_count(filling_the_second_part + "\u4e2d") == 3


@pytest.mark.parametrize(
    "pair", [GRIN + "\U0001f3fd", ITALY[0] + "a", "a\n", "\u200da", "\U0001f9d1\u200d\U0001f9b0"]
)
def test_a_segment_may_end_between_two_characters_that_are_not_shown_as_one(pair: str) -> None:
    first, second = (len(character.encode("utf-16-le")) // 2 for character in (pair[:-1], pair[-1]))
    text = "\u4e2d" * (67 - first) + pair + "\u4e2d" * (67 - second)
    assert segment_count(text) == 2


def test_a_text_with_hundreds_of_joiners_is_counted_correctly() -> None:
    assert segment_count("a" + "\u200d" * 1599) == 24
    assert segment_count("a" + "\u0301" * 69) == 1
    assert segment_count("a" + "\u0301" * 70) == 2


def test_characters_that_force_ucs_2_are_listed_once_each_whole_and_in_order() -> None:
    text = f"Hi [{RIGHT_QUOTE}] {FAMILY} e\u0301 {RIGHT_QUOTE}{ITALY}{FAMILY}é"
    assert measure(text).forcing_characters == (RIGHT_QUOTE, FAMILY, "e\u0301", ITALY)
    assert measure(GSM_BASIC + GSM_EXTENSION).forcing_characters == ()


def test_unpaired_surrogates_are_counted_and_not_refused() -> None:
    assert measure("\ud83d" * 71).segments == 2


@pytest.mark.parametrize("character", ["`", "\t", "ç", "á", "í", "ó", "ú", "\u2014", "\u2026"])
def test_a_character_outside_gsm_7_forces_ucs_2(character: str) -> None:
    assert measure(f"a{character}b").forcing_characters == (character,)


@given(st.text(alphabet=GSM_BASIC, max_size=700))
def test_basic_characters_take_one_septet_each(text: str) -> None:
    measured = measure(text)
    assert measured.units == len(text)
    assert measured.segments == (1 if len(text) <= 160 else -(-len(text) // 153))


def parts_without_cutting(units: list[bool], capacity: int) -> int:
    """Return how many parts of ``capacity`` units are needed.

    ``units`` has a value for each unit: True if a part must not begin with it.
    """
    parts, start = 1, 0
    while start + capacity < len(units):
        start += capacity
        while units[start]:
            start -= 1
        parts += 1
    return parts


@given(st.text(alphabet=GSM_EXTENSION + "ab\n", min_size=100, max_size=500))
def test_a_segment_never_ends_within_an_escape_pair(text: str) -> None:
    septets = [half for c in text for half in ([False, True] if c in GSM_EXTENSION else [False])]
    expected = 1 if len(septets) <= 160 else parts_without_cutting(septets, 153)
    assert measure(text).segments == expected


@given(st.text(alphabet=GRIN + BMP_WITHOUT_JOINS, min_size=40, max_size=300))
def test_a_segment_never_ends_within_a_surrogate_pair(text: str) -> None:
    text = "\u4e2d" + text
    encoded = text.encode("utf-16-be")
    units = [0xDC <= byte <= 0xDF for byte in encoded[::2]]
    expected = 1 if len(units) <= 70 else parts_without_cutting(units, 67)
    assert measure(text).segments == expected


ANY_TEXT = st.text(max_size=250) | st.text(
    alphabet=GRIN + FAMILY + ITALY + RIGHT_QUOTE + "\u0301\U0001f3fd\U0001f44d ab[]" + EURO,
    max_size=250,
)


@given(ANY_TEXT, st.integers(0, 250))
def test_a_longer_text_never_takes_fewer_segments(text: str, length: int) -> None:
    assert segment_count(text[:length]) <= segment_count(text)


@given(ANY_TEXT)
def test_the_segment_count_is_within_the_bounds_that_the_length_allows(text: str) -> None:
    measured = measure(text)
    single, part = (160, 153) if measured.encoding == "GSM-7" else (70, 67)
    if measured.units <= single:
        assert measured.segments == 1
    else:
        assert -(-measured.units // part) <= measured.segments <= 1 + 2 * measured.units // part


@given(ANY_TEXT)
def test_the_quick_segment_count_is_the_same_as_the_full_measurement(text: str) -> None:
    assert segment_count(text) == measure(text).segments
    assert (measure(text).encoding == "UCS-2") == bool(measure(text).forcing_characters)


GSM_TEXT = st.text(alphabet=GSM_BASIC + GSM_EXTENSION, max_size=400)


@given(GSM_TEXT, GSM_TEXT)
def test_joining_two_texts_takes_at_most_one_segment_more_than_both(a: str, b: str) -> None:
    together = segment_count(a + b)
    assert max(segment_count(a), segment_count(b)) <= together
    assert together <= segment_count(a) + segment_count(b) + 1


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        ("\u201cHi\u201d \u2018you\u2019", "\"Hi\" 'you'"),
        ("a\u2013b\u2014c\u2026", "a-b-c..."),
        ("a\tb", "a       b"),
        ("a\u00a0b", "a  b"),
        ("`", "'"),
        ("\u00bd \u00bc \u00be", "1/2 1/4 3/4"),
        ("a\u200bb\ufeffc\u2060d\x00", "abcd"),
        ("\u2039x\u203a", "<x>"),
        ("\uff21\uff3a\uff10\uff19\uff01", "AZ09!"),
        ("\u1d00\u0299\ua731\u1d22", "ABSZ"),
        ("a\u2028b\u203c", "a b!!"),
        ("\u20d2\u29f9\uff3b\uff3d", "|\\[]"),
        ("é ç \u4e2d " + GRIN, "é ç \u4e2d " + GRIN),
        (string.digits + string.ascii_letters, string.digits + string.ascii_letters),
    ],
)
def test_smart_encoding_replaces_look_alikes_only(text: str, encoded: str) -> None:
    assert smart_encode(text) == encoded


@pytest.mark.parametrize(
    "text", ["a" * 69 + RIGHT_QUOTE, "a" * 70 + RIGHT_QUOTE, "`", "a\tb", "a\u00a0b"]
)
def test_a_text_whose_look_alikes_smart_encoding_replaced_is_gsm_7(text: str) -> None:
    measured = measure(smart_encode(text))
    assert (measured.encoding, measured.segments) == ("GSM-7", 1)


@pytest.mark.parametrize(("text", "segments"), [("ç" * 70, 1), ("Á" * 71, 2)])
def test_smart_encoding_keeps_characters_without_a_look_alike(text: str, segments: int) -> None:
    measured = measure(smart_encode(text))
    assert (measured.encoding, measured.segments) == ("UCS-2", segments)


@given(ANY_TEXT)
def test_applying_smart_encoding_a_second_time_changes_nothing(text: str) -> None:
    assert smart_encode(smart_encode(text)) == smart_encode(text)


@given(ANY_TEXT)
def test_with_smart_encoding_the_replaced_text_is_counted(text: str) -> None:
    sent, as_sent = kit.measure(text, smart_encoding=True), measure(smart_encode(text))
    assert (sent.encoding, sent.units, sent.segments) == (
        as_sent.encoding,
        as_sent.units,
        as_sent.segments,
    )
    assert kit.segment_count(text, smart_encoding=True) == sent.segments


@given(ANY_TEXT)
def test_characters_without_a_replacement_force_ucs_2(text: str) -> None:
    sent = kit.measure(text, smart_encoding=True)
    assert (sent.encoding == "UCS-2") == bool(sent.forcing_characters)
    assert all(character in text for character in sent.forcing_characters)


def test_smart_encoding_replaces_a_curly_quotation_mark_but_an_emoji_still_forces_ucs_2() -> None:
    text = "It" + RIGHT_QUOTE + "s " + GRIN
    assert measure(text).forcing_characters == (RIGHT_QUOTE, GRIN)
    assert kit.measure(text, smart_encoding=True).forcing_characters == (GRIN,)
