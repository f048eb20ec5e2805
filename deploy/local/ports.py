"""Find free loopback ports, and report a port that another program uses."""

import errno
import fcntl
import os
import secrets
import socket
import tempfile
from itertools import chain
from pathlib import Path

from deploy.local.waiting import wait_for

LOOPBACK = "127.0.0.1"

# Linux, macOS and Windows take the ports of outgoing connections from a higher range. So a port of
# this range stays free while the process that listens on it is down.
_FIRST, _LAST = 20_000, 32_000
_UNPRIVILEGED = 8_000

# The ports reserved for this process, each with the descriptor of its lock file.
_reserved: dict[int, int] = {}


class PortTakenError(RuntimeError):
    """A port that the user has chosen is in use, or needs more rights than the user has."""


def is_free(port: int) -> bool:
    """Tell whether a server can listen on this loopback port now."""
    return _refusal(port) is None


def _refusal(port: int) -> OSError | None:
    """Try to listen on this loopback port. Return the OS error, or None if listening works."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            return error
        return None


def free_port(preferred: int | None = None) -> int:
    """Return `preferred` if it is given and free, else any free loopback port.

    The port is reserved until this process ends, even if nothing listens on it yet. Raises
    PortTakenError if no port of the range is free.
    """
    if preferred is not None and is_free(preferred):
        return preferred
    start = secrets.randbelow(_LAST - _FIRST) + _FIRST
    for port in chain(range(start, _LAST), range(_FIRST, start)):
        if port not in _reserved and is_free(port) and _reserve(port):
            return port
    raise PortTakenError(f"no free port between {_FIRST} and {_LAST} on {LOOPBACK}")


def _reserve(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"smsblaster-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        return False
    _reserved[port] = lock
    return True


def require_free(port: int, setting: str, patience: float = 0) -> None:
    """Raise PortTakenError unless `port` is free. The error names the setting to change.

    A port that is in use may become free within `patience` seconds.
    """
    refusal = _refusal(port)
    if refusal and refusal.errno == errno.EACCES:
        raise PortTakenError(
            f"Port {port} needs administrator rights. Choose a port from 1024 on with {setting} "
            f"(for example {setting}={_UNPRIVILEGED + port})."
        )
    try:
        wait_for(f"port {port} to become free", lambda: is_free(port), patience)
    except TimeoutError:
        raise PortTakenError(
            f"Port {port} on {LOOPBACK} is in use by another program. Stop that program, or choose "
            f"another port with {setting} (for example {setting}={port + 100})."
        ) from None
