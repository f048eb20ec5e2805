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
EXACT = re.compile(r"^\d+\.\d+\.\d+$")


@pytest.fixture(scope="module")
def packages() -> dict[str, dict[str, Any]]:
    """Return the packages of the lock file by their folder."""
    lock = json.loads((CONSOLE / "package-lock.json").read_text("utf-8"))
    found: dict[str, dict[str, Any]] = lock["packages"]
    return {folder: package for folder, package in found.items() if folder}


def test_each_package_that_we_name_has_one_version() -> None:
    ours = json.loads((CONSOLE / "package.json").read_text("utf-8"))
    named = {**ours["dependencies"], **ours["devDependencies"]}
    assert {name: version for name, version in named.items() if not EXACT.match(version)} == {}


def test_the_lock_file_has_hashes_and_names_no_host(packages: dict[str, dict[str, Any]]) -> None:
    assert [folder for folder, package in packages.items() if not package.get("integrity")] == []
    assert [folder for folder, package in packages.items() if "resolved" in package] == []


def test_no_package_that_we_ship_runs_code_when_it_is_installed(
    packages: dict[str, dict[str, Any]],
) -> None:
    shipped = {folder: package for folder, package in packages.items() if not package.get("dev")}
    assert [folder for folder in shipped if shipped[folder].get("hasInstallScript")] == []


def test_the_licences_of_all_shipped_packages_are_free(packages: dict[str, dict[str, Any]]) -> None:
    shipped = {folder: package for folder, package in packages.items() if not package.get("dev")}
    licences = {
        folder: _licences(package.get("license", "")) for folder, package in shipped.items()
    }
    assert {folder: names for folder, names in licences.items() if not names <= PERMISSIVE} == {}


def _licences(expression: str) -> set[str]:
    """Return the licences that an SPDX expression names."""
    return set(re.findall(r"[\w.-]+", expression)) - {"AND", "OR"}
