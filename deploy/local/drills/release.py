"""Run the code of a release, from git, in place of the current services."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.local.process import Command
from deploy.local.servers import in_parallel
from deploy.local.stack import Stack
from deploy.release_before import NoHistory, extract, release_before

_ROOT = Path(__file__).resolve().parents[3]
_CODE = ("protos", "servicekit", "services", "deploy", "pyproject.toml")
_LIST_PARTS = """
import json
from deploy.local.topology import PARTS
print(json.dumps([part.name for part in PARTS]))
"""
_SHOWN = 2_000


class ReleaseError(RuntimeError):
    """Git does not have the code of a release, or a program of a release failed."""


@dataclass(frozen=True, slots=True)
class ReleasedCode:
    """The code of a release in a folder. `parts` are the names of its kinds of processes."""

    revision: str
    folder: Path
    parts: frozenset[str]

    def command(self, command: Command, nats_url: str) -> Command:
        """Return the command of a process, run from the code of the release.

        The release may lack a login of its own at the bus, so it gets `nats_url`.
        """
        env = {**command.env, "PYTHONPATH": _path(self.folder), "NATS_URL": nats_url}
        return replace(command, cwd=self.folder, env=env)

    def processes(self, stack: Stack) -> Sequence[str]:
        """Return the names of the platform's processes that the release has."""
        return [name for name in stack.process_names if name.partition("-")[0] in self.parts]

    def migrate(self, stack: Stack) -> None:
        """Bring every database to the newest migration of the release.

        Raises ReleaseError, with the output, if that fails.
        """
        for service in stack.database_urls:
            command = self.command(stack.process(service).command, stack.nats_url)
            argv = [sys.executable, "-m", f"services.{service}", "migrate"]
            output_of(argv, self.folder, command.env)


def check_out(folder: Path, revision: str) -> ReleasedCode:
    """Write the code of a release, and what is generated from its contract, to `folder`.

    Raises ReleaseError if git does not have the history.
    """
    try:
        extract(revision, _CODE, folder)
    except NoHistory as error:
        raise ReleaseError(str(error)) from error
    generator = str(Path(sys.prefix) / "tools" / "bin" / "python")
    output_of([generator, "protos/generate.py"], folder, os.environ)
    environment = {**os.environ, "PYTHONPATH": _path(folder)}
    listed = output_of([sys.executable, "-c", _LIST_PARTS], folder, environment)
    return ReleasedCode(revision, folder, frozenset(json.loads(listed)))


def last_release() -> str:
    """Return the newest tag of a release, or the revision of the previous release without tags."""
    found = subprocess.run(
        ["git", "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or release_before().revision


def exchange(stack: Stack, names: Sequence[str], command_of: Callable[[str], Command]) -> None:
    """Stop processes, start them with other commands, and return when they are ready."""
    processes = [stack.process(name) for name in names]
    in_parallel([process.stop for process in processes])
    for process in processes:
        process.command = command_of(process.name)
    in_parallel([process.start for process in processes])
    stack.wait_ready(*names)


def _path(folder: Path) -> str:
    return f"{folder}:{folder / 'gen'}"


def output_of(argv: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> str:
    """Run a program and return what it printed. Raises ReleaseError if it fails."""
    ended = subprocess.run(
        argv, cwd=cwd, env=dict(environment), capture_output=True, text=True, check=False
    )
    if ended.returncode:
        told = (ended.stdout + ended.stderr)[-_SHOWN:]
        raise ReleaseError(f"{' '.join(argv)} failed:\n{told}")
    return ended.stdout
