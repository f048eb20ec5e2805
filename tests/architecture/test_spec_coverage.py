"""Everything that docs/spec-coverage.md mentions exists, and it mentions every route."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from services.gateway.http.contract import public_methods
from tests.architecture.source import ROOT, sources

_TEXT = (ROOT / "docs" / "spec-coverage.md").read_text(encoding="utf-8")
_NAMED = re.compile(r"`([^`]+)`")
_ROUTE = re.compile(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`]+)`")
_JOB = re.compile(r"job `([a-z-]+)`")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table in docs/spec-coverage.md: a story with its routes, files and tests."""

    story: str
    routes: str
    files: tuple[str, ...]
    tests: tuple[str, ...]


def _rows(text: str) -> Iterator[Row]:
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and cells[0] not in ("story", "---"):
            story, routes, files, tests = cells
            yield Row(story, routes, tuple(_NAMED.findall(files)), tuple(_NAMED.findall(tests)))


ROWS = tuple(_rows(_TEXT))


@cache
def _strings(*folders: str) -> set[str]:
    """Return every string constant in the code of these folders."""
    return {
        node.value
        for source in sources(*folders)
        if not source.is_test
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


@cache
def _job_names() -> set[str]:
    """Return the name in every ``Job(...)`` of the code."""
    return {
        node.args[0].value
        for source in sources("services")
        if not source.is_test
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Job"
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


@cache
def _served() -> set[str]:
    """Return all routes: those of the contract and those of the webhooks."""
    webhooks = {s for s in _strings("services/webhooks") if s.startswith("/api/webhooks/")}
    contract = {f"{method.verb} {method.path}" for method in public_methods()}
    return contract | {f"POST {path}" for path in webhooks}


@cache
def _tests() -> dict[str, set[str]]:
    """Return the names of the tests in each file with tests."""
    tests = {
        str(source.path): {
            node.name
            for node in source.tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
        }
        for source in sources()
        if source.is_test
    }
    return {path: names for path, names in tests.items() if names}


def _has_test(named: str) -> bool:
    """Tell whether a test in the table exists.

    If only a file is given, tell whether it has tests.
    """
    path, _, name = named.partition("::")
    tests = _tests().get(path, set())
    return name in tests if name else bool(tests)


def test_every_story_of_both_product_documents_has_its_row_in_the_coverage_table() -> None:
    product, attendees = _TEXT.split("\n# ")
    assert len([*_rows(product)]) >= 80
    assert len([*_rows(attendees)]) >= 80
    stories = [row.story for row in ROWS]
    assert len(set(stories)) == len(stories)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.story)
def test_everything_that_a_row_of_the_coverage_table_names_exists(row: Row) -> None:
    assert all((row.routes, row.files, row.tests))
    assert [path for path in row.files if not (ROOT / path).is_file()] == []
    assert [test for test in row.tests if not _has_test(test)] == []
    assert set(_ROUTE.findall(row.routes)) - _served() == set()
    assert set(_JOB.findall(row.routes)) - _job_names() == set()


def test_every_route_is_in_a_row_of_the_coverage_table() -> None:
    named = {route for row in ROWS for route in _ROUTE.findall(row.routes)}
    assert _served() - named == set()
