"""The samples of the guides work as they are written, in each language.

Each guide is tried with an organisation of its own. Its samples in one language are one program,
which reads the gateway's address and an API key from environment variables. The programs in Python
run one after the other in one process, and so do those in TypeScript.
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
    "include": ["*.mts"],
    "exclude": ["main.mts"],
}
# Run each program with its key, and fail in the end if one has failed.
IN_PYTHON = """
import os, runpy, sys, traceback

failed = []
for guide, os.environ["KEY"] in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        runpy.run_path(guide, run_name="__main__")
    except BaseException:
        traceback.print_exc()
        failed.append(guide)
sys.exit(", ".join(failed) or None)
"""
# Node is started in another folder.
IN_NODE = """
const [folder, ...programs] = process.argv.slice(2);
process.chdir(folder);
for (let at = 0; at < programs.length; at += 2) {
  const guide = programs[at];
  process.env.KEY = programs[at + 1];
  try {
    await import(`./${guide}`);
  } catch (error) {
    console.error(guide, error);
    process.exitCode = 1;
  }
}
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


def environment_of_new_organisation(platform: Platform) -> Mapping[str, str]:
    """Return the environment variables that the samples read, for a new organisation."""
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
    guide: str, platform: Platform, tmp_path: Path
) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    environment = environment_of_new_organisation(platform)
    script = program(guide, "sh").replace(KEY, environment["KEY"])
    script = with_values(script, environment["BASE"], environment["EMAIL"], environment["PASSWORD"])
    run(["bash", "-c", STRICT + script], tmp_path, environment)


def run_programs(
    command: list[str], language: str, suffix: str, platform: Platform, folder: Path
) -> None:
    """Run the programs of the guides in one language, each with a key of an organisation."""
    environment: Mapping[str, str] = {}
    arguments: list[str] = []
    for name in guides_in(language):
        environment = environment_of_new_organisation(platform)
        arguments += (f"{name}{suffix}", environment["KEY"])
    run([*command, *arguments], folder, environment)


def write_programs(language: str, folder: Path, suffix: str) -> None:
    """Write the programs of the guides in one language."""
    for name in guides_in(language):
        (folder / f"{name}{suffix}").write_text(program(name, language), "utf-8")


@pytest.mark.stack
def test_the_python_samples_of_the_guides_succeed(platform: Platform, tmp_path: Path) -> None:
    require_python()
    write_programs("python", tmp_path, ".py")
    run_programs([str(PYTHON), "-P", "-c", IN_PYTHON], "python", ".py", platform, tmp_path)


@pytest.mark.stack
def test_the_typescript_samples_of_the_guides_have_the_right_types_and_succeed(
    platform: Platform, tmp_path: Path
) -> None:
    require_typescript()
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "smsblaster").symlink_to(TYPESCRIPT)
    (tmp_path / "node_modules" / "@types").symlink_to(TYPESCRIPT / "node_modules" / "@types")
    (tmp_path / "tsconfig.json").write_text(json.dumps(TYPES), "utf-8")
    (tmp_path / "main.mts").write_text(IN_NODE, "utf-8")
    write_programs("typescript", tmp_path, ".mts")
    run([*RUN, "node", str(COMPILER), "--project", str(tmp_path)], tmp_path, os.environ)
    command = [*RUN, "node", str(tmp_path / "main.mts"), str(tmp_path)]
    run_programs(command, "typescript", ".mts", platform, tmp_path)


def test_all_json_samples_of_the_guides_can_be_parsed() -> None:
    found = [code for file in FOLDER.glob("*.md") for code in samples(file.stem, "json")]
    assert found
    assert all(json.loads(code) for code in found)
