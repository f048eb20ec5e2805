"""Whoever says stop means it; a sentence that contains the word does not count as the word."""

import pytest

from services.messaging.domain.keywords import keyword_of


@pytest.mark.parametrize(
    "body",
    ["STOP", "stop", " Stop. ", '"STOP"', "STOP!!", "stop all", "Unsubscribe", "cancel", "END",
     "quit", "opt-out", "REVOKE", "ARRÊT", "arret"],
)  # fmt: skip
def test_opt_out_words(body: str) -> None:
    assert keyword_of(body) == "stop"


@pytest.mark.parametrize("body", ["START", "yes", "Unstop"])
def test_opt_in_words(body: str) -> None:
    assert keyword_of(body) == "start"


@pytest.mark.parametrize("body", ["HELP", "info?"])
def test_help_words(body: str) -> None:
    assert keyword_of(body) == "help"


@pytest.mark.parametrize(
    "body", ["Stop please", "I can't stop laughing", "", "   ", "😀", "startle", "a" * 1600]
)
def test_other_texts_are_none(body: str) -> None:
    assert keyword_of(body) is None


def test_what_twilio_found_decides() -> None:
    assert keyword_of("basta", "STOP") == "stop"
    assert keyword_of("hola", "START") == "start"
