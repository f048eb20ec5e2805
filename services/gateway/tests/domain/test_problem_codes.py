"""Every error code in a problem document is explained."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from servicekit.problems import STATUS_TITLES
from services.gateway.domain.problem_codes import problem_code, problem_codes
from services.gateway.http.contract import public_methods
from services.gateway.http.openapi.comments import comment_of

ROOT = Path(__file__).parents[4]
# Errors between services, and of the webhook routes. No caller of the API sees them.
INTERNAL = frozenset(
    (
        "bad_signature",
        "destination_withdrawn",
        "internal_token_refused",
        "malformed_webhook",
        "sending_limits_changed",
    )
)
ERRORS = {
    "Blocked",
    "Busy",
    "Conflict",
    "Forbidden",
    "Gone",
    "InvalidInput",
    "MalformedRequest",
    "NotFound",
    "TooManyRequests",
    "Unauthenticated",
    "Unavailable",
}
_ERRORS_OF = re.compile(r"Errors:(.*)", re.DOTALL)
_CODES = re.compile(
    r"\b(?:40\d|41\d|42\d|503) ([a-z]+(?:_[a-z]+)+(?:(?:,| or| and) [a-z]+(?:_[a-z]+)+)*)"
)


def raised_codes() -> Iterator[str]:
    """Yield the codes of the errors that the services and the kit raise."""
    for folder in ("services", "servicekit"):
        for file in (ROOT / folder).rglob("*.py"):
            if "tests" not in file.parts:
                for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                    yield from codes_in(node)


def codes_in(node: ast.AST) -> Iterator[str]:
    """Yield the error codes in a call of an error class, or in its ``default_code``."""
    if isinstance(node, ast.Assign):
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id == "default_code":
            yield from texts([node.value])
    if isinstance(node, ast.Call):
        name, place = called(node.func)
        if name in ERRORS:
            yield from texts(node.args[place : place + 1])
            yield from texts([k.value for k in node.keywords if k.arg == "code"])


def called(function: ast.expr) -> tuple[str, int]:
    """Return the name of the called error class, and which argument of the call is the code."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return function.value.id, 2  # InvalidInput.of("field", "message", "code")
    return (function.id, 1) if isinstance(function, ast.Name) else ("", 0)


def texts(values: list[ast.expr]) -> Iterator[str]:
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def test_every_error_code_that_is_raised_is_explained() -> None:
    raised = {code for code in raised_codes() if re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", code)}
    assert len(raised) > 100, "the codes were not found in the code"
    unexplained = {code for code in raised - INTERNAL if problem_code(code) is None}
    assert unexplained == set(), "add these to services/gateway/domain/problem_codes.json"


def test_the_error_codes_in_the_comments_of_the_contract_are_explained() -> None:
    told = set()
    for method in public_methods():
        errors = _ERRORS_OF.search(comment_of(method.descriptor.full_name))
        for codes in _CODES.findall(errors[1] if errors else ""):
            told |= set(re.findall(r"[a-z]+(?:_[a-z]+)+", codes))
    assert len(told) > 50
    assert {code for code in told if problem_code(code) is None} == set()


@pytest.mark.parametrize("code", problem_codes())
def test_each_error_code_has_a_meaning_advice_and_an_existing_http_status(code: str) -> None:
    known = problem_codes()[code]
    assert known.status in STATUS_TITLES
    for words in (known.meaning, known.advice):
        assert words.endswith(".")
        assert len(words) < 160


def test_an_error_code_that_ends_in_not_found_is_explained_without_an_entry_in_the_file() -> None:
    known = problem_code("contact_list_not_found")
    assert known is not None
    assert (known.status, known.meaning) == (404, "There is no such contact list.")
    assert problem_code("nonsense") is None
