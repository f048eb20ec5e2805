"""What each code of a problem means, and what a caller can do. The texts are in a JSON file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_suffix(".json")
_NOT_FOUND = "_not_found"
_MISSING = re.compile(rf"[a-z0-9_]{{1,60}}{_NOT_FOUND}")


@dataclass(frozen=True, slots=True)
class ProblemCode:
    """An error code: the HTTP status that it comes with, its meaning, and what to do."""

    code: str
    status: int
    meaning: str
    advice: str


@cache
def problem_codes() -> Mapping[str, ProblemCode]:
    """Return every error code in the JSON file."""
    found = json.loads(_DATA.read_text(encoding="utf-8"))
    return {code: ProblemCode(code, **words) for code, words in found.items()}


def problem_code(code: str) -> ProblemCode | None:
    """Return the meaning of an error code, or None if there is no such code.

    A code that ends with ``_not_found`` need not be in the file. Its meaning is then made from the
    code itself.
    """
    known = problem_codes().get(code)
    if known is not None or not _MISSING.fullmatch(code):
        return known
    thing = code.removesuffix(_NOT_FOUND).replace("_", " ")
    advice = problem_codes()["not_found"].advice
    return ProblemCode(code, 404, f"There is no such {thing}.", advice)
