"""Files and functions stay small enough to be read in one go."""

import ast

from tests.architecture.source import sources

_FILE_LINES = 300
_FUNCTION_LINES = 40
_ARGUMENTS = 6

# Longer than the rest for a reason: tables and sequences that read better in one piece.
_LONG_FUNCTIONS = {
    "services/messaging/parts/jobs.py: all_jobs",  # the service's jobs, a row each
}

# A constructor names all the parts of its object.
_CONSTRUCTOR = "__init__"


def functions() -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Every function of the project with its place."""
    return [
        (f"{source.path}: {node.name}", node)
        for source in sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_file_is_too_long() -> None:
    lengths = {str(source.path): len(source.text.splitlines()) for source in sources()}
    assert {path: n for path, n in lengths.items() if n > _FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    lengths = {place: (node.end_lineno or 0) - node.lineno + 1 for place, node in functions()}
    too_long = {place: n for place, n in lengths.items() if n > _FUNCTION_LINES}
    assert too_long.keys() - _LONG_FUNCTIONS == set()
    assert too_long.keys() >= _LONG_FUNCTIONS, "an exception that is not needed any more"


def test_no_function_takes_too_many_arguments() -> None:
    counts = {
        place: len(node.args.args) + len(node.args.kwonlyargs) - _is_method(node)
        for place, node in functions()
        if node.name != _CONSTRUCTOR and not node.name.startswith("test_")
    }
    assert {place: n for place, n in counts.items() if n > _ARGUMENTS} == {}


def _is_method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg in {"self", "cls"}
