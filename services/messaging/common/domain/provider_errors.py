"""Explain Twilio's error codes. The explanations are in a JSON file next to this module.

Source: Twilio's error dictionary. The texts for 21211, 21608, 30003, 30006, 30007 and for unknown
codes are prescribed by the specification of the SMS history. Twilio adds codes without notice.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path

_DATA = Path(__file__).with_suffix(".json")


@dataclass(frozen=True, slots=True)
class Explanation:
    """The explanation of one of Twilio's error codes.

    Attributes:
        retryable: Whether sending the same message again can succeed.
        of_number: Whether the recipient's phone number is the cause. If so, sending to another
            phone number may succeed.
    """

    title: str
    description: str
    retryable: bool
    of_number: bool = False


def explain(code: int | None) -> Explanation | None:
    """Explain an error code of Twilio. Returns None if there is no code."""
    if code is None:
        return None
    return _known().get(code) or Explanation(
        f"Error {code}", "An unexpected error occurred.", retryable=True
    )


def description(code: int | None) -> str | None:
    """Return the description that is stored with a failed message. None if there is no code."""
    explanation = explain(code)
    return explanation.description if explanation else None


@cache
def permanent_codes() -> Sequence[int]:
    """Return the codes of errors after which sending the same message again can't succeed."""
    return [code for code, explanation in _known().items() if not explanation.retryable]


@cache
def _known() -> dict[int, Explanation]:
    return {
        code: Explanation(
            entry["title"], entry["description"], entry["retryable"], entry.get("of_number", False)
        )
        for entry in json.loads(_DATA.read_text("utf-8"))
        for code in expand_codes(entry["codes"])
    }


def explained_codes() -> Sequence[tuple[int, Explanation]]:
    """Return every known code with its explanation, in numerical order."""
    return sorted(_known().items(), key=itemgetter(0))


def expand_codes(codes: Sequence[str]) -> Iterator[int]:
    """Yield every code of entries such as ``30003`` and ``30440-30449``."""
    for part in codes:
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
