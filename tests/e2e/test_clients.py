"""The clients in `clients/` do the main job against the running platform."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.fixtures.node import RUN
from tests.fixtures.platform import Platform

pytestmark = [pytest.mark.stack, pytest.mark.timeout(600)]

CLIENTS = Path(__file__).resolve().parents[2] / "clients"


@pytest.fixture(scope="module")
def surroundings(platform: Platform) -> Mapping[str, str]:
    """Return the environment variables that the clients' tests need."""
    acme = platform.organisation("Clients", cents=2_000)
    scopes = ["read", "write", "send", "admin"]
    made = acme.api.post("/api/api-keys", {"name": "Clients", "scopes": scopes})
    return {
        **os.environ,
        "SMSBLASTER_URL": platform.stack.gateway_url,
        "SMSBLASTER_API_KEY": made["key"],
        "SIMULATOR_URL": platform.stack.simulator_url or "",
        "OUR_NUMBER": acme.numbers[0],
    }


def test_the_python_client_and_its_command_line_work_against_the_platform(
    surroundings: Mapping[str, str],
) -> None:
    folder = CLIENTS / "python"
    pytest_of_client = folder / ".venv" / "bin" / "pytest"
    if not pytest_of_client.exists():
        pytest.skip("the client for Python is not built; make clients builds it")
    done = subprocess.run(
        [pytest_of_client, "-q", "tests/stack"],
        cwd=folder,
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert " skipped" not in done.stdout


def test_the_typescript_client_works_against_the_platform(surroundings: Mapping[str, str]) -> None:
    folder = CLIENTS / "typescript"
    tests = folder / "dist-tests" / "tests" / "stack"
    if not tests.exists():
        pytest.skip("the client for TypeScript is not built; make clients builds it")
    done = subprocess.run(
        [*RUN, "node", "--test", "--test-timeout=300000", *map(str, tests.glob("*.test.js"))],
        env=surroundings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
