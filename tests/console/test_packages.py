"""The console's packages: exact versions, no code that runs at installation, free licences."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

CONSOLE = Path(__file__).resolve().parents[2] / "console"
PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "Unlicense",
}
BUILD_TOOLS = {"@vitejs/plugin-react", "openapi-typescript", "typescript", "vite"}
"""Packages that build the console, and of which nothing is in what is built."""
EXACT = re.compile(r"^\d+\.\d+\.\d+$")


@pytest.fixture(scope="module")
def packages() -> dict[str, dict[str, Any]]:
    """Return the packages of the lock file by their folder."""
    lock = json.loads((CONSOLE / "package-lock.json").read_text("utf-8"))
    found: dict[str, dict[str, Any]] = lock["packages"]
    return {folder: package for folder, package in found.items() if folder}


def test_each_console_package_that_we_require_has_an_exact_version() -> None:
    ours = json.loads((CONSOLE / "package.json").read_text("utf-8"))
    named = {**ours["dependencies"], **ours["devDependencies"]}
    assert {name: version for name, version in named.items() if not EXACT.match(version)} == {}


def test_the_lock_file_of_the_console_has_hashes_and_contains_no_host_name(
    packages: dict[str, dict[str, Any]],
) -> None:
    assert [folder for folder, package in packages.items() if not package.get("integrity")] == []
    assert [folder for folder, package in packages.items() if "resolved" in package] == []


def test_no_console_package_that_we_ship_runs_code_when_it_is_installed(
    packages: dict[str, dict[str, Any]],
) -> None:
    shipped = {folder: package for folder, package in packages.items() if not package.get("dev")}
    assert [folder for folder in shipped if shipped[folder].get("hasInstallScript")] == []


def test_the_licences_of_all_shipped_packages_are_free(packages: dict[str, dict[str, Any]]) -> None:
    ours = json.loads((CONSOLE / "package.json").read_text("utf-8"))["dependencies"]
    shipped = _with_dependencies(packages, set(ours) - BUILD_TOOLS)
    assert "node_modules/react-remove-scroll" in shipped  # which only another package names
    licences = {folder: _licences(packages[folder].get("license", "")) for folder in shipped}
    assert {folder: names for folder, names in licences.items() if not names <= PERMISSIVE} == {}


def _with_dependencies(packages: dict[str, dict[str, Any]], names: set[str]) -> set[str]:
    """Return the folders of the named packages and of everything that they depend on."""
    found: set[str] = set()
    waiting = [("", name) for name in names]
    while waiting:
        inside, name = waiting.pop()
        folder = _folder(packages, inside, name)
        if folder and folder not in found:
            found.add(folder)
            waiting += [(folder, needed) for needed in packages[folder].get("dependencies", {})]
    return found


def _folder(packages: dict[str, dict[str, Any]], inside: str, name: str) -> str | None:
    """Return the folder of the package ``name`` that the package in ``inside`` uses.

    The folders are searched in the order in which Node searches them.
    """
    while True:
        folder = f"{inside}/node_modules/{name}".lstrip("/")
        if folder in packages:
            return folder
        if not inside:
            return None
        inside = inside.rpartition("node_modules/")[0].rstrip("/")


def _licences(expression: str) -> set[str]:
    """Return the names of the licences in an SPDX expression."""
    return set(re.findall(r"[\w.-]+", expression)) - {"AND", "OR"}
