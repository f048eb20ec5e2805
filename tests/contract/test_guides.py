"""The samples of the guides work as they are written, in each language.

Each guide is tried with an organisation of its own. The guide's samples in one language are one
program. The program reads the gateway's address and an API key from environment variables.
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
from tests.contract.clients import (
    COMPILER,
    PYTHON,
    TYPESCRIPT,
    require_python,
    require_typescript,
)
from tests.fixtures.node import RUN
from tests.fixtures.platform import Platform

# Ends a script at the first response that is an error.
STRICT = """set -euo pipefail
curl() { command curl --fail-with-body --show-error "$@"; }
"""
SCOPES = ["read", "write", "send", "admin"]
KEY = "sk_..."
"""What the guides have in the place of a key."""

LONGEST_SECONDS = 120
TYPES = {
    "compilerOptions": {
        "strict": True,
        "noEmit": True,
        "target": "ES2023",
        "lib": ["ES2023", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
        "module": "NodeNext",
        "types": ["node"],
        "skipLibCheck": True,
    },
    "files": ["sample.mts"],
}
# Node is started in another folder.
IN_FOLDER = """process.chdir(process.argv[2]);
await import("./sample.mts");
"""


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
    """Return the environment variables that the samples read, for an organisation that can send."""
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
    require_python()
    file = tmp_path / "sample.py"
    file.write_text(program(guide, "python"), "utf-8")
    run([str(PYTHON), str(file)], tmp_path, environment)


@pytest.mark.stack
@pytest.mark.parametrize("guide", guides_in("typescript"))
def test_the_typescript_samples_of_a_guide_have_the_right_types_and_succeed(
    guide: str, environment: Mapping[str, str], tmp_path: Path
) -> None:
    require_typescript()
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "smsblaster").symlink_to(TYPESCRIPT)
    (tmp_path / "node_modules" / "@types").symlink_to(TYPESCRIPT / "node_modules" / "@types")
    (tmp_path / "tsconfig.json").write_text(json.dumps(TYPES), "utf-8")
    (tmp_path / "sample.mts").write_text(program(guide, "typescript"), "utf-8")
    (tmp_path / "main.mts").write_text(IN_FOLDER, "utf-8")
    run([*RUN, "node", str(COMPILER), "--project", str(tmp_path)], tmp_path, environment)
    run([*RUN, "node", str(tmp_path / "main.mts"), str(tmp_path)], tmp_path, environment)


def test_all_json_samples_of_the_guides_can_be_parsed() -> None:
    found = [code for file in FOLDER.glob("*.md") for code in samples(file.stem, "json")]
    assert found
    assert all(json.loads(code) for code in found)
