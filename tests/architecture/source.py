"""Read the project's own Python files as syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("admin", "services", "servicekit", "simulator", "deploy", "bench", "protos", "tests")


@dataclass(frozen=True)
class Source:
    """One Python file: its path below the root, its text and its syntax tree."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def is_test(self) -> bool:
        """Whether the file belongs to tests."""
        return "tests" in self.path.parts

    def imports(self) -> Iterator[tuple[str, str]]:
        """Yield each imported module, and the name imported from it (empty for ``import x``)."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom):
                yield from ((node.module or "", alias.name) for alias in node.names)
            elif isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)


def sources(*folders: str) -> tuple[Source, ...]:
    """Return every Python file below these folders, or of the whole project if none is given."""
    return tuple(source for folder in folders or FOLDERS for source in parsed(folder))


@cache
def parsed(folder: str) -> tuple[Source, ...]:
    """Return the path, text and syntax tree of every Python file below this folder."""
    texts = [(path, path.read_text(encoding="utf-8")) for path in (ROOT / folder).rglob("*.py")]
    return tuple(Source(path.relative_to(ROOT), text, ast.parse(text)) for path, text in texts)
