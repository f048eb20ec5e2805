"""The folder of RSA keys that sign access tokens: one PEM file each, named by its ``kid``.

A key is rotated by putting another file there, named by the time. Running workers notice by the
folder's own time of change. All keys verify at once. A new one signs five minutes after the time in
its name, or once a worker has had it for that long: by then every replica has it, and none refuses
a token that another made with it.

A file that can't be read as a key (damaged, too short, still being written, a link that leads
nowhere while a secret is swapped) is left out, and read again when it has changed; the others, and
what was read of it before, go on. So do all keys while the folder can't be read or is empty.
"""

import os
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from prometheus_client import Gauge

from services.gateway.domain.access_tokens import SigningKey

log = structlog.get_logger()

_BITS = 3072
_NAMED_BY_TIME = "%Y%m%dT%H%M%S"
_SETTLES_AFTER = timedelta(minutes=5)

UNREADABLE = Gauge(
    "gateway_signing_keys_unreadable",
    "Files of JWT_KEYS_DIR that can't be read as keys; keys that go on though they are gone",
)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A file that is no key, and the state it was in."""

    error: Exception
    state: tuple[int, int] | None


class SigningKeys:
    """The keys of a folder, read again when it changes."""

    def __init__(self, folder: Path, settles_after: timedelta = _SETTLES_AFTER) -> None:
        self._folder = folder
        self._settles_after = settles_after
        self._lock = threading.Lock()
        self._changed_at = 0
        self._unreadable: dict[Path, _Unreadable] = {}
        self._keys: dict[str, SigningKey] = {}
        self._had_since: dict[str, float] = {}
        self._is_lost = False

    def newest(self) -> SigningKey:
        """The newest key that every replica has, which signs; the oldest where there is none.

        Raises ``RuntimeError`` without any key.
        """
        keys = list(self._current().values())
        if not keys:
            causes = "; ".join(repr(file.error) for file in self._unreadable.values())
            raise RuntimeError(f"JWT_KEYS_DIR {self._folder} holds no key. {causes}")
        return next((key for key in reversed(keys) if self._is_settled(key.kid)), keys[0])

    def find(self, kid: str) -> SigningKey | None:
        """The key named ``kid``; None for a name that is not ours."""
        return self._current().get(kid)

    def all(self) -> list[SigningKey]:
        """Every key, the oldest first."""
        return list(self._current().values())

    def _current(self) -> dict[str, SigningKey]:
        try:
            changed_at = self._folder.stat().st_mtime_ns
        except OSError as error:
            self._go_on_without_folder(error)
            return self._keys
        if changed_at != self._changed_at or self._is_to_be_read_again():
            self._read(changed_at)
        return self._keys

    def _is_settled(self, kid: str) -> bool:
        had_for = time.monotonic() - self._had_since[kid]
        if had_for >= self._settles_after.total_seconds():
            return True
        try:
            named_at = datetime.strptime(kid, _NAMED_BY_TIME).replace(tzinfo=UTC)
        except ValueError:
            return False
        return datetime.now(UTC) - named_at >= self._settles_after

    def _go_on_without_folder(self, error: Exception) -> None:
        if self._keys and not self._is_lost:  # operators are told once
            log.error("signing_keys_lost", folder=str(self._folder), error=repr(error))
            UNREADABLE.set(len(self._keys))
        self._is_lost, self._changed_at = True, 0

    def _is_to_be_read_again(self) -> bool:
        return any(_state(path) != file.state for path, file in self._unreadable.items())

    def _read(self, changed_at: int) -> None:
        with self._lock:
            keys, unreadable = _read(self._folder)
            if not keys and not unreadable and self._keys:
                self._go_on_without_folder(FileNotFoundError("no file *.pem"))
                self._changed_at = changed_at
                return
            for path, file in unreadable.items():
                if path not in self._unreadable:  # operators are told once
                    log.error("signing_key_unreadable", file=path.name, error=repr(file.error))
            UNREADABLE.set(len(unreadable))
            # A key that could be read before is as good as it was.
            names = {path.stem for path in unreadable}
            known = {name: key for name, key in self._keys.items() if name in names}
            self._keep(dict(sorted({**known, **keys}.items())))
            self._unreadable, self._changed_at, self._is_lost = unreadable, changed_at, False

    def _keep(self, keys: dict[str, SigningKey]) -> None:
        now = time.monotonic()
        # First: another thread may ask for the newest meanwhile.
        self._had_since |= {kid: now for kid in keys if kid not in self._had_since}
        self._keys = keys


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
    unfinished.rename(folder / f"{datetime.now(UTC):{_NAMED_BY_TIME}}.pem")


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
