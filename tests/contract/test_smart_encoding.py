"""The platform counts texts with the same replacements of characters as the simulated provider."""

from hypothesis import given
from hypothesis import strategies as st

from servicekit.segments import smart_encode
from servicekit.smart_encoding import REPLACEMENTS
from simulator.twilio.smart_encoding import smart_encode as simulated

LOOK_ALIKES = st.text(st.sampled_from([chr(code_point) for code_point in REPLACEMENTS]))


def test_platform_and_simulator_replace_the_same_look_alike_characters() -> None:
    text = "".join(chr(code_point) for code_point in range(0x10000))
    assert smart_encode(text) == simulated(text)


@given(LOOK_ALIKES | st.text())
def test_the_platform_counts_as_many_segments_for_any_text_as_the_simulator_sends(
    text: str,
) -> None:
    assert smart_encode(text) == simulated(text)
