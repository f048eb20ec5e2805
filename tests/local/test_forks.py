"""Services run as forks of a process that has already imported their libraries."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from deploy.local.forks import Forks
from deploy.local.process import Command, Process
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")

TOY = """
import json, os, pathlib, signal, sys
from servicekit.ids import new_id
mask = os.umask(0)
told = {
    "argv": sys.argv, "name": __name__, "cwd": os.getcwd(), "env": dict(os.environ),
    "umask": mask, "leader": os.getsid(0) == os.getpid(), "parent": os.getppid(),
    "title": pathlib.Path("/proc/self/comm").read_text().strip(), "id": str(new_id()),
    "random": os.urandom(4).hex(), "files": sorted(os.listdir("/proc/self/fd")),
    "contract": sorted(name for name in sys.modules if name.startswith("smsblaster.")),
}
print(json.dumps(told), flush=True)
signal.pause()
"""


@pytest.fixture(scope="module")
def toys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("toys")
    (folder / "toy.py").write_text(TOY)
    return folder


@pytest.fixture(scope="module")
def environment(toys: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(toys)])}


@pytest.fixture(scope="module")
def forks(environment: dict[str, str], toys: Path) -> Iterator[Forks]:
    """Return forks that all tests share which do no harm to the process that forks."""
    forks = Forks(environment, toys)
    yield forks
    forks.close()


@pytest.fixture
def own_forks(environment: dict[str, str], toys: Path) -> Iterator[Forks]:
    forks = Forks(environment, toys)
    yield forks
    forks.close()


@pytest.fixture
def processes() -> Iterator[list[Process]]:
    started: list[Process] = []
    yield started
    for process in started:
        process.kill(keep_down=True)


def command(name: str, folder: Path, env: dict[str, str], forks: Forks) -> Command:
    argv = (sys.executable, "-m", "toy", "serve")
    return Command(name, argv, folder / f"{name}.log", env, folder, forks=forks)


def told(process: Process) -> dict[str, object]:
    """Return the data that the process has written about itself."""
    wait_until_sync(lambda: process.log_tail().endswith("}"))
    content: dict[str, object] = json.loads(process.log_tail())
    return content


def _runs(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def test_a_forked_process_has_the_properties_of_one_started_directly(
    environment: dict[str, str],
    forks: Forks,
    toys: Path,
    tmp_path: Path,
    processes: list[Process],
) -> None:
    env = {**environment, "OWN": "setting"}
    processes.append(Process(command("billing", tmp_path, env, forks)))
    processes[0].start()
    about = told(processes[0])
    assert about["argv"] == [str(toys / "toy.py"), "serve"]
    assert about["name"] == "__main__"
    assert about["cwd"] == str(tmp_path)
    assert about["env"] == env
    assert about["umask"] == 0o077
    assert about["leader"] is True
    assert about["title"] == "billing"
    assert about["parent"] != os.getpid()
    # Standard input and outputs, and the folder that is being listed.
    assert len(about["files"]) == 4  # type: ignore[arg-type]


def test_a_forked_process_has_the_contract_in_memory(
    environment: dict[str, str], forks: Forks, tmp_path: Path, processes: list[Process]
) -> None:
    processes.append(Process(command("billing", tmp_path, environment, forks)))
    processes[0].start()
    imported = told(processes[0])["contract"]
    assert isinstance(imported, list)
    assert {"smsblaster.messaging.v1.events_pb2", "smsblaster.billing.v1.charges_pb2_grpc"} <= set(
        imported
    )


def test_two_forked_processes_create_different_ids(
    environment: dict[str, str], forks: Forks, tmp_path: Path, processes: list[Process]
) -> None:
    for name in ("first", "second"):
        processes.append(Process(command(name, tmp_path, environment, forks)))
        processes[-1].start()
    first, second = map(told, processes)
    # The last twelve digits of an id are random.
    assert str(first["id"])[-12:] != str(second["id"])[-12:]
    assert first["parent"] == second["parent"]


def test_a_process_with_its_own_libraries_is_not_forked(
    environment: dict[str, str], forks: Forks, tmp_path: Path, processes: list[Process]
) -> None:
    other = {**environment, "PYTHONPATH": f"{environment['PYTHONPATH']}:/nonexistent"}
    processes.append(Process(command("other", tmp_path, other, forks)))
    processes[0].start()
    assert told(processes[0])["parent"] == os.getpid()


def test_all_forks_are_started_again_when_the_process_that_forks_was_killed(
    environment: dict[str, str], own_forks: Forks, tmp_path: Path, processes: list[Process]
) -> None:
    for name in ("first", "second"):
        processes.append(Process(command(name, tmp_path, environment, own_forks)))
        processes[-1].start()
    before = [told(process) for process in processes]
    old = [psutil.Process(process.pid) for process in processes]
    psutil.Process(int(str(before[0]["parent"]))).kill()
    pids = {None, *(process.pid for process in old)}
    wait_until_sync(lambda: all(process.pid not in pids for process in processes))
    wait_until_sync(lambda: not any(map(_runs, old)))


def test_a_module_that_does_not_exist_ends_with_an_exit_code_and_a_log(
    environment: dict[str, str], forks: Forks, tmp_path: Path, processes: list[Process]
) -> None:
    argv = (sys.executable, "-m", "nonexistent")
    log = tmp_path / "log"
    processes.append(Process(Command("toy", argv, log, environment, tmp_path, forks=forks)))
    processes[0].start()
    wait_until_sync(lambda: "nonexistent" in processes[0].log_tail())


def test_a_frozen_process_that_forks_does_not_stop_the_launcher(
    environment: dict[str, str],
    own_forks: Forks,
    tmp_path: Path,
    processes: list[Process],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for patience in ("_REPORTED_WITHIN", "_ENDED_WITHIN"):
        monkeypatch.setattr(f"deploy.local.forks.{patience}", 1.0)
    processes.append(Process(command("billing", tmp_path, environment, own_forks)))
    processes[0].start()
    server = psutil.Process(int(str(told(processes[0])["parent"])))
    server.suspend()
    processes[0].stop()
    own_forks.close()
    assert processes[0].pid is None
    assert not _runs(server)


def test_a_fork_with_too_large_an_environment_is_refused(
    environment: dict[str, str], forks: Forks, tmp_path: Path
) -> None:
    process = Process(command("billing", tmp_path, {**environment, "A": "a" * 200_000}, forks))
    with pytest.raises(OSError, match="the environment of billing is too large"):
        process.start()


def test_a_fork_in_a_folder_that_does_not_exist_is_refused(
    environment: dict[str, str], forks: Forks, tmp_path: Path
) -> None:
    missing = replace(command("billing", tmp_path, environment, forks), cwd=tmp_path / "missing")
    with pytest.raises(OSError, match="billing could not be forked"):
        Process(missing).start()
