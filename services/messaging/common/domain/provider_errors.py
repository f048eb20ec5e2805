"""What Twilio's error codes mean, in words for people. The words are data, beside this file.

Sources: Twilio's error dictionary; unknown codes and the codes 21211, 21608, 30003, 30006 and
30007 are worded as the specification of the SMS history has them. New codes come unannounced.
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
    """An error explained. ``retryable``: sending the same text again can help.

    ``of_number``: it is the fault of the number that was texted, and says nothing of another one.
    """

    title: str
    description: str
    retryable: bool
    of_number: bool = False


def explain(code: int | None) -> Explanation | None:
    """What the error ``code`` means; None where there is no error."""
    if code is None:
        return None
    return _known().get(code) or Explanation(
        f"Error {code}", "An unexpected error occurred.", retryable=True
    )


def description(code: int | None) -> str | None:
    """What the error ``code`` means, as it is stored with a message; None without an error."""
    explanation = explain(code)
    return explanation.description if explanation else None


@cache
def permanent_codes() -> Sequence[int]:
    """The codes of errors that sending the same text again can't overcome."""
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
    """Every code that is explained, with its explanation, in numerical order."""
    return sorted(_known().items(), key=itemgetter(0))


def expand_codes(codes: Sequence[str]) -> Iterator[int]:
    """Every code of entries like ``30003`` and ``30440-30449``."""
    for part in codes:
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)
