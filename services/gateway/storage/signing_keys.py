"""The folder of RSA keys that sign access tokens: one PEM file each, named by its ``kid``.

A key is rotated by putting another file there: the newest signs, all of them verify. Running
workers notice by the folder's own time of change.

A file that can't be read as a key (damaged, or still being written) is left out, and read again
when it has changed; the others go on signing and verifying.
"""

import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from prometheus_client import Gauge

from services.gateway.domain.access_tokens import SigningKey

log = structlog.get_logger()

_BITS = 3072

UNREADABLE = Gauge(
    "gateway_signing_keys_unreadable", "Files of JWT_KEYS_DIR that can't be read as keys"
)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A file that is no key, and the state it was in."""

    error: Exception
    state: tuple[int, int] | None


class SigningKeys:
    """The keys of a folder, read again when it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._changed_at = 0
        self._unreadable: dict[Path, _Unreadable] = {}
        self._keys: dict[str, SigningKey] = {}

    def newest(self) -> SigningKey:
        """The key that signs. Raises ``RuntimeError`` where there is none."""
        keys = list(self._current().values())
        if not keys:
            causes = "; ".join(repr(file.error) for file in self._unreadable.values())
            raise RuntimeError(f"JWT_KEYS_DIR {self._folder} holds no key. {causes}")
        return keys[-1]

    def find(self, kid: str) -> SigningKey | None:
        """The key named ``kid``; None for a name that is not ours."""
        return self._current().get(kid)

    def all(self) -> list[SigningKey]:
        """Every key, the oldest first."""
        return list(self._current().values())

    def _current(self) -> dict[str, SigningKey]:
        changed_at = self._folder.stat().st_mtime_ns
        if changed_at != self._changed_at or self._is_to_be_read_again():
            self._read(changed_at)
        return self._keys

    def _is_to_be_read_again(self) -> bool:
        return any(_state(path) != file.state for path, file in self._unreadable.items())

    def _read(self, changed_at: int) -> None:
        with self._lock:
            keys, unreadable = _read(self._folder)
            for path, file in unreadable.items():
                if path not in self._unreadable:  # operators are told once
                    log.error("signing_key_unreadable", file=path.name, error=repr(file.error))
            UNREADABLE.set(len(unreadable))
            # A key that could be read before is as good as it was.
            names = {path.stem for path in unreadable}
            known = {name: key for name, key in self._keys.items() if name in names}
            self._keys = dict(sorted({**known, **keys}.items()))
            self._unreadable, self._changed_at = unreadable, changed_at


def ensure_key(folder: Path) -> None:
    """Make the folder and a first key where there is none; only its owner may read them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.glob("*.pem")):
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    unfinished = folder / f".{os.getpid()}"
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(pem)
    unfinished.rename(folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.pem")


def _read(folder: Path) -> tuple[dict[str, SigningKey], dict[Path, _Unreadable]]:
    """The keys of ``folder`` by name, and what is wrong with the other files."""
    keys: dict[str, SigningKey] = {}
    unreadable: dict[Path, _Unreadable] = {}
    # By name and not by age: files of a mounted secret are all written at once.
    for path in sorted(folder.glob("*.pem")):
        state = _state(path)
        try:
            keys[path.stem] = _key(path)
        except (ValueError, TypeError, OSError, UnsupportedAlgorithm) as error:
            unreadable[path] = _Unreadable(error, state)
    return keys, unreadable


def _state(path: Path) -> tuple[int, int] | None:
    """What is another one once the file has been written to; None where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _key(path: Path) -> SigningKey:
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < _BITS:
        raise ValueError(f"{path} is not an RSA key of at least {_BITS} bits")
    return SigningKey(path.stem, private)
