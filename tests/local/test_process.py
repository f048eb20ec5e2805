"""The supervision of one process."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psutil
import pytest

from deploy.local.forks import Forks
from deploy.local.process import Command, Process, Watcher
from tests.fixtures.waiting import wait_until_sync

SLEEPING = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPING}"
PARENT_OF_ONE = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPING!r}]); "

SUPERVISOR = """
import os, signal, sys
from pathlib import Path
from deploy.local.forks import Forks
from deploy.local.process import Command, Process
log, folder, module = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
forks = Forks(dict(os.environ), folder) if sys.argv[4:] else None
argv = (sys.executable, "-m", module)
process = Process(Command("toy", argv, log, dict(os.environ), folder, forks=forks))
process.start()
print(process.pid, flush=True)
signal.pause()
"""

Make = Callable[..., Process]

# Python keeps the compiled code of a module by its name, so each toy has its own.
NUMBERS = count()


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder whose Python modules can run as forks."""
    return tmp_path_factory.mktemp("toys")


@pytest.fixture(scope="module")
def forks(toys: Path) -> Iterator[Forks]:
    forks = Forks(environment(toys), toys)
    yield forks
    forks.close()


@pytest.fixture(params=["a program", "a fork"])
def make(request: pytest.FixtureRequest, tmp_path: Path, toys: Path) -> Iterator[Make]:
    """Return a function that makes a process running Python code. All are killed after the test."""
    made: list[Process] = []
    forks = request.getfixturevalue("forks") if request.param == "a fork" else None

    def make_process(
        code: str, watcher: Watcher | None = None, grace: float = 20, **env: str
    ) -> Process:
        module = f"toy_{next(NUMBERS)}"
        (toys / f"{module}.py").write_text(code)
        argv = (sys.executable, "-m", module)
        log = tmp_path / "toy.log"
        command = Command("toy", argv, log, environment(toys) | env, toys, grace=grace, forks=forks)
        made.append(Process(command, watcher))
        return made[-1]

    yield make_process
    for process in made:
        process.kill(keep_down=True)


def environment(toys: Path) -> dict[str, str]:
    """Return the environment of a process that can import this project and the toys."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(toys)])}


def until_up(process: Process) -> int:
    wait_until_sync(lambda: "up" in process.log_tail())
    assert process.pid is not None
    return process.pid


def test_a_stopped_process_is_gone_and_not_started_again(make: Make) -> None:
    died: list[int] = []
    process = make(SLEEPING, Watcher(died=lambda _name, code: died.append(code)))
    process.start()
    pid = until_up(process)
    process.stop()
    assert process.pid is None
    assert not psutil.pid_exists(pid)
    assert died == []


def test_a_process_that_ignores_the_signal_is_killed_after_its_grace(make: Make) -> None:
    process = make(STUBBORN, grace=0.2)
    process.start()
    pid = until_up(process)
    process.stop()
    assert not psutil.pid_exists(pid)


def test_a_process_that_dies_is_reported_and_started_again(make: Make) -> None:
    died: list[tuple[str, int]] = []
    process = make(SLEEPING, Watcher(died=lambda *death: died.append(death)))
    process.start()
    pid = until_up(process)
    os.kill(pid, signal.SIGKILL)
    wait_until_sync(lambda: process.pid not in {pid, None})
    assert died == [("toy", -signal.SIGKILL)]


def test_a_killed_process_has_ended_when_the_call_returns(make: Make) -> None:
    process = make(SLEEPING)
    process.start()
    pid = until_up(process)
    process.kill()
    assert not psutil.pid_exists(pid)
    wait_until_sync(lambda: process.pid not in {pid, None})


def test_a_process_that_keeps_dying_is_restarted_with_growing_pauses(make: Make) -> None:
    spawned: list[int] = []
    process = make("exit(3)", Watcher(spawned=lambda _name, pid: spawned.append(pid)))
    process.start()
    wait_until_sync(lambda: len(spawned) == 3)
    process.stop()
    assert process.pid is None


def test_children_of_a_process_end_with_it(make: Make) -> None:
    process = make(PARENT_OF_ONE + "import signal; signal.pause()")
    process.start()
    pid = until_up(process)
    (child,) = psutil.Process(pid).children()
    os.kill(pid, signal.SIGKILL)
    wait_until_sync(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_process_survives_the_thread_that_started_it(make: Make) -> None:
    process = make(SLEEPING)
    thread = threading.Thread(target=process.start)
    thread.start()
    thread.join()
    pid = until_up(process)
    assert psutil.Process(pid).is_running()
    assert process.pid == pid


def test_the_last_logs_are_kept_when_a_process_is_started_again(make: Make, tmp_path: Path) -> None:
    process = make(SLEEPING)
    process.start()
    until_up(process)
    process.restart()
    until_up(process)
    assert (tmp_path / "toy.log.1").read_text() == "up\n"
    assert (tmp_path / "toy.log").read_text() == "up\n"


def test_starting_a_program_that_does_not_exist_fails_at_once(tmp_path: Path) -> None:
    process = Process(Command("toy", ("/nonexistent/program",), tmp_path / "toy.log"))
    with pytest.raises(FileNotFoundError):
        process.start()
    assert process.pid is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of this")
@pytest.mark.parametrize("kind", [[], ["fork"]], ids=["a program", "a fork"])
def test_a_process_ends_when_its_supervisor_is_killed(tmp_path: Path, kind: list[str]) -> None:
    (tmp_path / "sleeping.py").write_text(SLEEPING)
    argv = [sys.executable, "-c", SUPERVISOR, str(tmp_path / "log"), str(tmp_path), "sleeping"]
    with subprocess.Popen(
        [*argv, *kind], env=environment(tmp_path), stdout=subprocess.PIPE, text=True
    ) as supervisor:
        assert supervisor.stdout is not None
        child = psutil.Process(int(supervisor.stdout.readline()))
        supervisor.kill()
    wait_until_sync(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
