"""The state folder: all files of one local platform, and the lock for its launcher."""

import fcntl
import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from deploy.local.ports import free_port


class StateInUseError(RuntimeError):
    """Another launcher is using the same state folder."""


class StateFolderError(RuntimeError):
    """The state folder can't be made or written, or no platform runs in it."""


@dataclass(frozen=True, slots=True)
class StateFolder:
    """One state folder, and the paths inside it."""

    root: Path

    @property
    def logs(self) -> Path:
        """The folder with one log file per process."""
        return self.root / "logs"

    @property
    def jwt_keys(self) -> Path:
        """The folder with the private keys that sign access tokens."""
        return self.root / "jwt"

    @property
    def demo_marker(self) -> Path:
        """The file that exists when the demo organisation is complete."""
        return self.root / "demo.json"

    def log_file(self, process: str) -> Path:
        """Return the log file of a process."""
        return self.logs / f"{process}.log"

    def lock(self) -> IO[str]:
        """Create and lock the folder for this process. Closing the returned file releases the lock.

        Raises StateInUseError if another process has it, and StateFolderError if the folder can't
        be made or written.
        """
        # Postgres' OS user must be able to enter the folder. Only the owner can list its contents.
        mode = 0o711 if os.getuid() == 0 else 0o700
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=mode)
            lock = private_file(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_APPEND)
        except OSError as error:
            raise StateFolderError(
                f"STATE_DIR: {self.root} can't be used as a folder ({error.strerror}). Choose a "
                "folder that you can write to."
            ) from error
        lock_file = os.fdopen(lock, "a+", encoding="utf-8")
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock_file.seek(0)
            holder = lock_file.read().strip()
            lock_file.close()
            raise StateInUseError(
                f"{self.root} is in use by the launcher with pid {holder}; stop it, or set "
                "STATE_DIR (and PORT, WEBHOOKS_PORT, SIMULATOR_PORT, STREAM_PORT) to run a second"
            ) from None
        self._close_to_others()
        with suppress(OSError):  # if the disk is full, the pid is not written
            os.ftruncate(lock_file.fileno(), 0)
            os.write(lock_file.fileno(), str(os.getpid()).encode())
        return lock_file

    def keep_settings(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        """Save the settings of each process, for commands that join the running platform.

        Values that the launcher's own environment has are left out.
        """
        made = {
            name: {key: value for key, value in values.items() if os.environ.get(key) != value}
            for name, values in settings.items()
        }
        write_json(self._settings_file, made)

    def forget_settings(self) -> None:
        """Delete the saved settings of the processes, because the platform stops."""
        self._settings_file.unlink(missing_ok=True)

    def running_settings(self) -> Mapping[str, Mapping[str, str]]:
        """Return the settings of each process of the platform that runs in this folder.

        Raises StateFolderError if none is running.
        """
        if not (self._settings_file.exists() and self._is_locked()):
            raise StateFolderError(
                f"No platform is running in {self.root}. Start one with make run, or set STATE_DIR "
                "to the folder of a running one."
            )
        settings: dict[str, dict[str, str]] = json.loads(self._settings_file.read_text("utf-8"))
        return settings

    def _is_locked(self) -> bool:
        with (self.root / "lock").open() as lock_file:
            try:
                fcntl.flock(lock_file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @property
    def _settings_file(self) -> Path:
        return self.root / "settings.json"

    def _close_to_others(self) -> None:
        """Remove other users' access to files of an earlier release.

        Postgres does so for its own files.
        """
        for folder, folders, files in os.walk(self.root):
            if Path(folder) == self.root and "postgres" in folders:
                folders.remove("postgres")
            for path in (Path(folder, name) for name in (*folders, *files)):
                with suppress(OSError):  # deleted meanwhile, or owned by another account
                    if not path.is_symlink():
                        path.chmod(path.stat().st_mode & stat.S_IRWXU)

    def port(self, server: str) -> int:
        """Return a port for an embedded server: the port of the last run, or any free port."""
        remembered = self._remembered_ports()
        port = free_port(remembered.get(server))
        if remembered.get(server) != port:
            remembered[server] = port
            with suppress(OSError):  # on a full disk the next run may get another port
                write_json(self._ports_file, remembered)
        return port

    def _remembered_ports(self) -> dict[str, int]:
        if not self._ports_file.exists():
            return {}
        ports: dict[str, int] = json.loads(self._ports_file.read_text(encoding="utf-8"))
        return ports

    @property
    def _ports_file(self) -> Path:
        return self.root / "ports.json"


def private_file(file: Path, flags: int) -> int:
    """Open a file with `flags` and return the descriptor. Only its owner can read a new file."""
    return os.open(file, flags, 0o600)


def write_json(file: Path, content: object) -> None:
    """Replace a file's content, completely or not at all. Only its owner can read it."""
    unfinished = file.with_name(f"{file.name}.new")
    descriptor = private_file(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    with os.fdopen(descriptor, "w", encoding="utf-8") as output:
        json.dump(content, output, indent=2)
    unfinished.replace(file)
