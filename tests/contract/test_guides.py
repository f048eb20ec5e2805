"""The samples of the guides work as they are written, in each language.

Each guide is tried with an organisation of its own. Its samples in one language are one program,
which gets the address of the gateway and an API key from the environment.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from deploy.local.first_steps import with_values
from services.gateway.http.docs.guides import FOLDER
from tests.fixtures.platform import Platform

ROOT = Path(__file__).resolve().parents[2]
# Ends a script at the first response that is an error.
STRICT = """set -euo pipefail
curl() { command curl --fail-with-body --show-error "$@"; }
"""
SCOPES = ["read", "write", "send", "admin"]
KEY = "sk_..."
"""What the guides have in the place of a key."""

PYTHON = ROOT / "clients" / "python" / ".venv" / "bin" / "python"
PYTHON_CLIENT = ROOT / "clients" / "python" / "src" / "smsblaster" / "generated"
TYPESCRIPT = ROOT / "clients" / "typescript"
LONGEST_SECONDS = 120


def samples(name: str, language: str) -> list[str]:
    """Return the code samples of a guide in one language."""
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def program(name: str, language: str) -> str:
    """Return the samples that call the API. Those that verify webhooks have tests of their own."""
    return "".join(code for code in samples(name, language) if "whsec_" not in code)


def guides_in(language: str) -> list[str]:
    names = sorted(file.stem for file in FOLDER.glob("*.md"))
    return [name for name in names if program(name, language)]


@pytest.fixture
def environment(platform: Platform) -> Mapping[str, str]:
    """Return the variables of the samples, for an organisation that can send."""
    acme = platform.organisation("Guides")
    made = acme.api.post("/api/api-keys", {"name": "Guide", "scopes": SCOPES})
    return {
        **os.environ,
        "BASE": platform.stack.gateway_url,
        "KEY": made["key"],
        "EMAIL": acme.email,
        "PASSWORD": acme.password,
    }


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"


@pytest.mark.stack
@pytest.mark.parametrize("guide", guides_in("sh"))
def test_the_shell_samples_of_a_guide_succeed(
    guide: str, environment: Mapping[str, str], tmp_path: Path
) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    script = program(guide, "sh").replace(KEY, environment["KEY"])
    script = with_values(script, environment["BASE"], environment["EMAIL"], environment["PASSWORD"])
    run(["bash", "-c", STRICT + script], tmp_path, environment)


@pytest.mark.stack
@pytest.mark.parametrize("guide", guides_in("python"))
def test_the_python_samples_of_a_guide_succeed(
    guide: str, environment: Mapping[str, str], tmp_path: Path
) -> None:
    if not (PYTHON.exists() and PYTHON_CLIENT.exists()):
        pytest.skip("the client for Python is not built: run make clients")
    file = tmp_path / "sample.py"
    file.write_text(program(guide, "python"), "utf-8")
    run([str(PYTHON), str(file)], tmp_path, environment)


def test_the_json_of_the_guides_is_json() -> None:
    found = [code for file in FOLDER.glob("*.md") for code in samples(file.stem, "json")]
    assert found
    assert all(json.loads(code) for code in found)
