"""Processes with the pid 1 of their namespace, as in a container without an init process."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from servicekit.tests.billing_process import environment
from tests.fixtures.running import listening
from tests.fixtures.waiting import wait_until_sync


@pytest.fixture
def silent_url() -> Iterator[str]:
    """Return the URL of a database that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"


@pytest.mark.parametrize("command", ["serve", "migrate", "job verify-ledger"])
def test_sigterm_ends_a_process_with_pid_1_at_once(
    command: str, silent_url: str, tmp_path: Path
) -> None:
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("needs unshare (util-linux) and root, for a PID namespace")
    settings = environment(silent_url, f"nats://{listening()}")
    argv = [unshare, "--pid", "--fork", sys.executable, "-m", "services.billing"]
    with (
        (tmp_path / "output").open("wb") as output,
        subprocess.Popen(  # noqa: S603 (our own Python)
            [*argv, *command.split()], env={**os.environ, **settings}, stdout=output, stderr=output
        ) as outer,
    ):
        children = psutil.Process(outer.pid).children
        first = wait_until_sync(children, message="process 1 started")[0]
        try:
            wait_until_sync(lambda: _handles(first, signal.SIGTERM), timeout=60)
            first.send_signal(signal.SIGTERM)
            assert outer.wait(8) == 128 + signal.SIGTERM, (tmp_path / "output").read_text()
        finally:
            if first.is_running():
                first.kill()


def _handles(process: psutil.Process, number: signal.Signals) -> bool:
    """Tell whether a process has a handler for a signal, as the kernel sees it."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (number - 1) & 1)
