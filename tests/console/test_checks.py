"""Every test that docs/console-checks.md mentions exists."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_PAGE = (_ROOT / "docs" / "console-checks.md").read_text(encoding="utf-8")
_FUNCTION = re.compile(r"`(test_\w+)`")
_OF_THE_CONSOLE = re.compile(r"`([\w/-]+\.test\.tsx?)`")
_OF_PYTHON = re.compile(r"`([\w/]+\.py)`")


@pytest.fixture(scope="module")
def functions() -> set[str]:
    """Return the names of all Python tests."""
    files = [
        path for folder in ("tests", "services") for path in (_ROOT / folder).rglob("test_*.py")
    ]
    defined = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
    return {name for path in files for name in defined.findall(path.read_text(encoding="utf-8"))}


def test_python_tests_that_the_page_about_console_checks_lists_exist(functions: set[str]) -> None:
    assert sorted(set(_FUNCTION.findall(_PAGE)) - functions) == []
    assert [path for path in _OF_PYTHON.findall(_PAGE) if not (_ROOT / path).is_file()] == []


def test_console_tests_that_the_page_about_console_checks_lists_exist() -> None:
    source = _ROOT / "console" / "src"
    paths = [f"/{path.relative_to(source)}" for path in source.rglob("*.test.ts*")]
    named = _OF_THE_CONSOLE.findall(_PAGE)
    assert [name for name in named if not any(path.endswith(f"/{name}") for path in paths)] == []
