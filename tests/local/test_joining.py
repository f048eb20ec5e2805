"""Commands that join a running platform: `exec` and `psql`."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import pytest

from deploy.local.account import temporary_state
from deploy.local.monitoring import configuration
from deploy.local.options import StackOptions
from deploy.local.stack import Stack

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def stack(nothing_to_migrate: None, toy_project: Path) -> Iterator[Stack]:
    """Start a platform with toy services."""
    del nothing_to_migrate
    with temporary_state(in_memory=True) as folder:
        options = StackOptions(state_dir=folder, project=toy_project, durable=False)
        with Stack(options) as running:
            yield running


def join(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.local", *arguments],
        env={**os.environ, "STATE_DIR": str(folder)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_exec_runs_a_command_of_a_service_with_the_settings_of_the_running_one(
    stack: Stack,
) -> None:
    printed = join(stack.state.root, "exec", "gateway", "print-settings")
    assert printed.returncode == 0, printed.stderr
    settings = json.loads(printed.stdout)
    running = stack.process("gateway").command.env
    for name in ("DATABASE_URL", "NATS_URL", "MESSAGING_ADDR", "JWT_KEYS_DIR"):
        assert settings[name] == running[name]
    assert "TWILIO_AUTH_TOKEN" not in settings


def test_psql_opens_a_services_database_and_sees_all_organisations(stack: Stack) -> None:
    query = "SELECT current_database(), rolbypassrls FROM pg_roles WHERE rolname = current_user"
    answer = join(stack.state.root, "psql", "messaging", "-tAc", query)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.strip() == "messaging|t"


def test_prometheus_reads_every_process_of_the_platform(stack: Stack) -> None:
    configured = configuration(stack.state.running_settings())
    [scraped] = cast(Any, configured["scrape_configs"])
    targets = {entry["labels"]["app"]: entry["targets"] for entry in scraped["static_configs"]}
    for name, url in stack.metrics_urls.items():
        assert targets[name] == [urlsplit(url).netloc]
    [rules] = cast(Any, configured["rule_files"])
    assert list(Path(rules).parent.glob(Path(rules).name))


@pytest.mark.parametrize(
    "command", [("exec", "gateway", "serve"), ("psql", "billing"), ("prometheus",)]
)
def test_if_no_platform_is_running_the_command_says_so(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    answer = join(tmp_path, *command)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"No platform is running in {tmp_path}")
