"""The built console is small enough for a first visit, and matches the API document."""

import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.node import RUN

CONSOLE = Path(__file__).resolve().parents[2] / "console"
BUILT = CONSOLE / "dist"
# Kilobytes of gzip that may be loaded at a first visit, for a phone's connection.
ENTRY_SCRIPTS, ENTRY_STYLES, ROUTE, CHARTS = 190, 45, 60, 140
CHART_SCREENS = re.compile(r"dashboard|analytics|campaign|event|chart|summary")
# Fields of different routes, and a file that uses each. To check all files would take a minute.
RENAMED = {
    "balanceCents": "src/shared/quote/cost.tsx",
    "unreadCount": "src/features/inbox/conversation-row.tsx",
}

Manifest = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    """Return the build's list of its files: their names and imports."""
    written = BUILT / ".vite" / "manifest.json"
    if not written.exists():
        pytest.skip("the console is not built: run make console")
    found: Manifest = json.loads(written.read_text("utf-8"))
    return found


def test_the_files_of_a_first_visit_are_smaller_than_the_limit(manifest: Manifest) -> None:
    first = _with_imports(manifest, "index.html")
    assert sum(_kilobytes(manifest[key]["file"]) for key in first) <= ENTRY_SCRIPTS
    styles = {name for key in first for name in manifest[key].get("css", ())}
    assert sum(map(_kilobytes, styles)) <= ENTRY_STYLES


def test_no_screen_loads_many_more_bytes_than_the_first_visit(manifest: Manifest) -> None:
    sizes = {key: _kilobytes(manifest[key]["file"]) for key in manifest if key != "index.html"}
    limits = {key: CHARTS if _draws(manifest, key) else ROUTE for key in sizes}
    assert {key: size for key, size in sizes.items() if size > limits[key]} == {}


def test_the_chart_library_is_loaded_only_by_screens_with_charts(manifest: Manifest) -> None:
    drawing = {key for key in manifest if _draws(manifest, key)}
    assert drawing
    screens = [key for key in manifest if key.startswith("src/features/")]
    loading = [key for key in screens if drawing & set(_with_imports(manifest, key))]
    assert [key for key in loading if not CHART_SCREENS.search(key)] == []
    assert not drawing & set(_with_imports(manifest, "index.html"))


def test_the_type_check_fails_if_the_api_renames_a_field(tmp_path: Path) -> None:
    document = CONSOLE / "generated" / "openapi.json"
    if not document.exists():
        pytest.skip("the console's packages are not installed: run make console")
    content = document.read_text("utf-8")
    for renamed in RENAMED:
        assert f'"{renamed}"' in content
        content = content.replace(f'"{renamed}"', f'"another-{renamed.lower()}"')
    changed = tmp_path / "openapi.json"
    changed.write_text(content, "utf-8")
    roots = ["--root-types", "--root-types-no-schema-prefix"]
    types = ["openapi-typescript", str(changed), "--output", str(tmp_path / "api.d.ts"), *roots]
    subprocess.run([*RUN, *types], capture_output=True, check=True)
    complaints = _type_check(tmp_path)
    assert [renamed for renamed in RENAMED if f"'{renamed}'" not in complaints] == []


def _type_check(types: Path) -> str:
    """Return TypeScript's errors for the files above if the types of the API were ``types``."""
    project = CONSOLE / f"tsconfig.{types.name}.json"
    paths = {"@/*": ["./src/*"], "@generated/*": [f"{types}/*"]}
    settings = {"extends": "./tsconfig.json", "compilerOptions": {"paths": paths}}
    try:
        project.write_text(json.dumps({**settings, "include": [*RENAMED.values()]}), "utf-8")
        check = [*RUN, "tsc", "--project", project.name]
        return subprocess.run(check, capture_output=True, text=True, check=False).stdout
    finally:
        project.unlink(missing_ok=True)


def _with_imports(manifest: Manifest, key: str) -> Iterator[str]:
    """Yield a file and everything that is loaded with it, each only once."""
    open_, seen = [key], set()
    while open_:
        current = open_.pop()
        if current not in seen:
            seen.add(current)
            open_ += manifest[current].get("imports", ())
    return iter(seen)


def _draws(manifest: Manifest, key: str) -> bool:
    """Tell whether a file of the build contains the chart library."""
    return "recharts" in (BUILT / manifest[key]["file"]).read_text("utf-8")


def _kilobytes(name: str) -> float:
    return len(gzip.compress((BUILT / name).read_bytes())) / 1000
