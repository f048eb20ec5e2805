"""The launcher of `make run`, in a process of its own, with toy services."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.launcher import _STOPPING, run
from deploy.local.ports import free_port
from tests.fixtures.waiting import wait_until_sync

PROJECT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("toy_launcher.py")

PORTS = ("PORT", "WEBHOOKS_PORT", "SIMULATOR_PORT", "STREAM_PORT")
# Seconds until a launcher has stopped everything on a busy machine.
_ENDS_WITHIN = 100.0

Launch = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def settings(state_dir: Path) -> dict[str, str]:
    """Return ports and a state folder for this test, with the demo organisation already made."""
    (state_dir / "demo.json").write_text('{"operator_email": "operator@example.com"}')
    ports = {name: str(free_port()) for name in PORTS}
    return {**os.environ, **ports, "STATE_DIR": str(state_dir), "PYTHONPATH": str(PROJECT)}


@pytest.fixture
def launch(settings: dict[str, str], toy_project: Path, tmp_path: Path) -> Iterator[Launch]:
    """Return a function that starts launchers, which write to `output` in the test's folder."""
    launched: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        with (tmp_path / "output").open("w") as output:
            process = subprocess.Popen(
                [sys.executable, str(SCRIPT), str(toy_project)],
                env=settings,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
            )
        launched.append(process)
        return process

    yield start
    for process in launched:
        process.terminate()
        process.wait(_ENDS_WITHIN)


@pytest.fixture
def output(tmp_path: Path) -> Callable[[], str]:
    """Return the output of the last launcher so far."""
    return lambda: (tmp_path / "output").read_text()


@pytest.fixture
def unchanged_signals() -> Iterator[None]:
    """Restore the signal handlers, which the launcher replaces."""
    handlers = {number: signal.getsignal(number) for number in _STOPPING}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def children(settings: dict[str, str]) -> list[psutil.Process]:
    recorded = json.loads((Path(settings["STATE_DIR"]) / "processes.json").read_text())
    return [psutil.Process(pid) for pid, _ in recorded.values()]


def all_ended(processes: list[psutil.Process]) -> bool:
    return not any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in processes)


def test_the_launcher_prints_the_addresses_and_stops_everything_on_ctrl_c(
    launch: Launch, output: Callable[[], str], settings: dict[str, str]
) -> None:
    launcher = launch()
    wait_until_sync(lambda: "Logs" in output())
    gateway = f"http://127.0.0.1:{settings['PORT']}"
    for setting in PORTS:
        assert f"http://127.0.0.1:{settings[setting]}" in output()
    wait_until_sync(lambda: "/metrics" in output())
    assert f"BASE={gateway}" in output()
    assert "<printed by make run>" not in output()
    assert f"http://127.0.0.1:{settings['PORT']}/api/docs" in output()
    assert "demo@example.com" in output()
    started = children(settings)
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(_ENDS_WITHIN) == 0
    assert all_ended(started)


def test_a_kill_of_the_launcher_leaves_nothing_that_stops_the_next_start(
    launch: Launch, output: Callable[[], str], settings: dict[str, str]
) -> None:
    killed = launch()
    wait_until_sync(lambda: "Logs" in output())
    started = children(settings)
    killed.kill()
    killed.wait()
    next_one = launch()
    wait_until_sync(lambda: "Logs" in output())
    assert all_ended(started)
    next_one.terminate()
    assert next_one.wait(_ENDS_WITHIN) == 0


def test_an_occupied_port_ends_the_launcher_with_a_message_that_names_the_setting(
    launch: Launch, output: Callable[[], str], settings: dict[str, str]
) -> None:
    with socket.create_server(("127.0.0.1", int(settings["PORT"]))):
        assert launch().wait(_ENDS_WITHIN) == 1
    assert f"Port {settings['PORT']} on 127.0.0.1 is in use" in output()
    assert "PORT=" in output()
    assert "Traceback" not in output()


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"PORT": "abc"}, "PORT is 'abc'. It must be a number from 1 to 65535."),
        ({"WEBHOOKS_PORT": "99999"}, "WEBHOOKS_PORT is '99999'. It must be a number"),
        ({"SIMULATOR_PORT": "0"}, "SIMULATOR_PORT is '0'. It must be a number"),
        ({"PORT": "8081"}, "PORT and WEBHOOKS_PORT are both 8081. Choose different ports."),
        ({"STATE_DIR": "/dev/null"}, "STATE_DIR: /dev/null can't be used as a folder"),
        ({"STATE_DIR": "/dev/null/state"}, "STATE_DIR: /dev/null/state can't be used as a folder"),
        ({"TWILIO_ACCOUNT_SID": "AC1"}, "Twilio's credentials are set: TWILIO_AUTH_TOKEN is miss"),
        ({"TWILIO_AUTH_TOKEN": "t"}, "Twilio's credentials are set: TWILIO_ACCOUNT_SID is missing"),
        ({"STRIPE_SECRET_KEY": "sk"}, "Stripe's credentials are set: STRIPE_WEBHOOK_SECRET is mi"),
    ],
)
def test_a_wrong_setting_is_reported_in_one_line_that_names_it(
    environment: dict[str, str],
    message: str,
    state_dir: Path,
    unchanged_signals: None,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(1, {"STATE_DIR": str(state_dir), **environment}) == 1
    assert message in capsys.readouterr().out
