"""Files and functions are short enough to be read in one go."""

import ast

from tests.architecture.source import sources

_FILE_LINES = 300
_FUNCTION_LINES = 40
_ARGUMENTS = 6

# The client for Python, without what is generated. Its methods take what the API's routes take, so
# nobody counts their arguments.
_CLIENT = tuple(
    f"clients/python/{folder}"
    for folder in ("src/smsblaster/cli", "src/smsblaster/resources", "tests")
)

# A constructor names all the parts of its object.
_CONSTRUCTOR = "__init__"


def functions(*folders: str) -> list[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Return every function of these folders, or of the whole project, with its file."""
    return [
        (f"{source.path}: {node.name}", node)
        for source in sources(*folders)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def test_no_file_is_too_long() -> None:
    every = (*sources(), *sources(*_CLIENT))
    lengths = {str(source.path): len(source.text.splitlines()) for source in every}
    assert {path: n for path, n in lengths.items() if n > _FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    every = (*functions(), *functions(*_CLIENT))
    lengths = {place: (node.end_lineno or 0) - node.lineno + 1 for place, node in every}
    assert {place: n for place, n in lengths.items() if n > _FUNCTION_LINES} == {}


def test_no_function_takes_too_many_arguments() -> None:
    counts = {
        place: len(node.args.args) + len(node.args.kwonlyargs) - _is_method(node)
        for place, node in functions()
        if node.name != _CONSTRUCTOR and not node.name.startswith("test_")
    }
    assert {place: n for place, n in counts.items() if n > _ARGUMENTS} == {}


def _is_method(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return bool(node.args.args) and node.args.args[0].arg in {"self", "cls"}
