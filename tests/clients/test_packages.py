"""The clients pass their own tests, and their packages can be published."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.clients.programs import run_within
from tests.fixtures.node import RUN

CLIENTS = Path(__file__).resolve().parents[2] / "clients"
PYTHON, TYPESCRIPT = CLIENTS / "python", CLIENTS / "typescript"
UV = Path(sys.prefix) / "tools" / "bin" / "uv"
SECONDS = 240

USER = """
from smsblaster import Client, webhooks

client = Client(api_key="sk_", base_url="https://sms.example.org")
message = client.messages.send(to="+14155550123", message="Hello", reference="order-7")
cents: int = message.price_cents
for contact in client.contacts.list(tag="vip"):
    name: str | None = contact.first_name
job = client.contacts.import_csv("a.csv", mapping={"Mobile": "phone"}, on_progress=print)
campaign = client.campaigns.create("Doors", message="Hi", list_id="x")
client.campaigns.send(campaign.id)
for progress in client.campaigns.watch(campaign.id):
    delivered: int = progress.metrics.delivered
event = webhooks.verify(b"", {}, "whsec_")
client.messages.send(too="+14155550123")
"""


@pytest.fixture(scope="module")
def python() -> Path:
    """Return the Python that has the client. Skips the test if the client is not built."""
    found = PYTHON / ".venv" / "bin" / "python"
    if not found.exists():
        pytest.skip("the client for Python is not built; make clients builds it")
    return found


@pytest.fixture(scope="module")
def wheel(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of the client for Python, built from its source distribution."""
    folder = tmp_path_factory.mktemp("dist")
    run(
        str(UV),
        "build",
        "-q",
        "--no-build-isolation",
        "--python",
        str(python),
        "-o",
        str(folder),
        str(PYTHON),
    )
    [built] = folder.glob("*.whl")
    return built


def run(*command: str, cwd: Path = PYTHON) -> str:
    """Return what a command prints. If the command fails, the test fails with its output."""
    code, printed, errors = run_within(SECONDS, command, cwd)
    assert code == 0, (printed + errors)[-4000:]
    return printed


def test_the_client_for_python_passes_its_own_tests(python: Path) -> None:
    run(str(python), "-m", "pytest", "-q")


def test_the_wheel_contains_all_needed_files_and_no_others(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {"smsblaster/py.typed", "smsblaster/generated/api/operations/send_text.py"} <= names
    folders = {name.split("/")[0] for name in names}
    assert folders == {"smsblaster", "smsblaster-0.1.0.dist-info"}
    assert "smsblaster-0.1.0.dist-info/licenses/LICENSE" in names


def test_a_type_checker_finds_the_types_in_the_wheel(
    python: Path, wheel: Path, tmp_path: Path
) -> None:
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    (tmp_path / "user.py").write_text(USER, "utf-8")
    command = (str(python), "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"))
    site = {"MYPYPATH": str(tmp_path / "site")}
    _, printed, _ = run_within(SECONDS, (*command, "user.py"), tmp_path, site)
    assert 'Unexpected keyword argument "too" for "send"' in printed.splitlines()[0]
    assert "Found 1 error in 1 file" in printed, printed


def test_the_client_for_typescript_passes_its_own_tests() -> None:
    tests = TYPESCRIPT / "dist-tests" / "tests" / "unit"
    if not tests.exists():
        pytest.skip("the client for TypeScript is not built; make clients builds it")
    run(*RUN, "node", "--test", *map(str, tests.glob("*.test.js")))


def test_the_package_for_typescript_contains_the_built_files_and_no_tests() -> None:
    if not (TYPESCRIPT / "dist").exists():
        pytest.skip("the client for TypeScript is not built; make clients builds it")
    folder = os.path.relpath(TYPESCRIPT, CLIENTS.parent / "console")
    done = subprocess.run(
        [*RUN, "npm", "pack", folder, "--dry-run", "--ignore-scripts", "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    for name in ("dist/index.js", "dist/index.d.ts", "dist/generated/api.d.ts", "LICENSE"):
        assert f'"path": "{name}"' in done.stdout
    assert "tests/" not in done.stdout
    assert "src/" not in done.stdout


def test_the_lock_files_have_hashes_and_name_no_host() -> None:
    lines = (PYTHON / "requirements.lock").read_text("utf-8").splitlines()
    pinned = [line for line in lines if "==" in line]
    assert pinned
    assert all(line.rstrip().endswith("\\") for line in pinned)  # its hashes follow
    assert not [line for line in lines if "://" in line or line.startswith("--")]
    lock = json.loads((TYPESCRIPT / "package-lock.json").read_text("utf-8"))
    packages = {folder: package for folder, package in lock["packages"].items() if folder}
    assert [folder for folder, package in packages.items() if not package.get("integrity")] == []
    assert [folder for folder, package in packages.items() if "resolved" in package] == []


def test_the_clients_require_only_the_listed_packages() -> None:
    package = json.loads((TYPESCRIPT / "package.json").read_text("utf-8"))
    assert set(package["dependencies"]) == {"openapi-fetch", "standardwebhooks"}
    project = tomllib.loads((PYTHON / "pyproject.toml").read_text("utf-8"))["project"]
    assert [re.split(r"[<>=]", each)[0] for each in project["dependencies"]] == [
        "attrs",
        "httpx",
        "standardwebhooks",
    ]
