"""Read the RSA keys for access tokens from a folder: one PEM file per key, named by its ``kid``.

To rotate, add a file whose name is the current time (UTC), such as ``20260203T040506.pem``. Running
workers notice that the folder has changed. All keys verify immediately. A new key signs five
minutes after the time in its name, or after a worker has had it for five minutes. By then every
replica has it, so none refuses a token that another has signed.

A file that is not a valid key (damaged, too short, incomplete, or a broken link while a secret is
replaced) is skipped, and read again when it changes. Meanwhile the other keys, and an earlier key
from this file, stay in use. All keys stay in use while the folder is empty or can't be read.
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
    "smsblaster_gateway_signing_keys_unreadable",
    "Files of JWT_KEYS_DIR that are not valid keys, and keys in use whose files are gone",
)


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """A file that is not a valid key, and the state in which it was read."""

    error: Exception
    state: tuple[int, int] | None


class SigningKeys:
    """The keys of a folder. They are read again when the folder changes."""

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
        """Return the key to sign with: the newest that every replica has, or else the oldest.

        Raises:
            RuntimeError: There is no key.
        """
        keys = list(self._current().values())
        if not keys:
            causes = "; ".join(repr(file.error) for file in self._unreadable.values())
            raise RuntimeError(f"JWT_KEYS_DIR {self._folder} holds no key. {causes}")
        return next((key for key in reversed(keys) if self._is_settled(key.kid)), keys[0])

    def find(self, kid: str) -> SigningKey | None:
        """Return the key with this `kid`, or None."""
        return self._current().get(kid)

    def all(self) -> list[SigningKey]:
        """Return all keys of the folder, oldest first."""
        return list(self._current().values())

    def _current(self) -> dict[str, SigningKey]:
        try:
            changed_at = self._folder.stat().st_mtime_ns
        except OSError as error:
            self._continue_without_folder(error)
            return self._keys
        if changed_at != self._changed_at or self._should_read_again():
            self._read(changed_at)
        return self._keys

    def _is_settled(self, kid: str) -> bool:
        had_for = time.monotonic() - self._had_since[kid]
        if had_for >= self._settles_after.total_seconds():
            return True
        named_at = made_at(kid)
        return named_at is not None and datetime.now(UTC) - named_at >= self._settles_after

    def _continue_without_folder(self, error: Exception) -> None:
        if self._keys and not self._is_lost:  # log once
            log.error("signing_keys_lost", folder=str(self._folder), error=repr(error))
            UNREADABLE.set(len(self._keys))
        self._is_lost, self._changed_at = True, 0

    def _should_read_again(self) -> bool:
        return any(_state(path) != file.state for path, file in self._unreadable.items())

    def _read(self, changed_at: int) -> None:
        with self._lock:
            keys, unreadable = _read(self._folder)
            if not keys and not unreadable and self._keys:
                self._continue_without_folder(FileNotFoundError("no file *.pem"))
                self._changed_at = changed_at
                return
            for path, file in unreadable.items():
                if path not in self._unreadable:  # log once
                    log.error("signing_key_unreadable", file=path.name, error=repr(file.error))
            UNREADABLE.set(len(unreadable))
            # A key that was read before stays in use.
            names = {path.stem for path in unreadable}
            known = {name: key for name, key in self._keys.items() if name in names}
            self._keep(dict(sorted({**known, **keys}.items())))
            self._unreadable, self._changed_at, self._is_lost = unreadable, changed_at, False

    def _keep(self, keys: dict[str, SigningKey]) -> None:
        now = time.monotonic()
        # Before the keys are replaced: another thread may call newest() meanwhile.
        self._had_since |= {kid: now for kid in keys if kid not in self._had_since}
        self._keys = keys


def made_at(kid: str) -> datetime | None:
    """Return when a key was put into the folder, as its name says, or None if it doesn't say."""
    try:
        return datetime.strptime(kid, _NAMED_BY_TIME).replace(tzinfo=UTC)
    except ValueError:
        return None


def ensure_key(folder: Path) -> None:
    """Create the folder and a first key if there is none. Only the owner may read them."""
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
    """Return the keys of `folder` by their names, and the errors of files without a valid key."""
    keys: dict[str, SigningKey] = {}
    unreadable: dict[Path, _Unreadable] = {}
    # Sorted by name, not by age, since the files of a mounted secret are all written at once.
    for path in sorted(folder.glob("*.pem")):
        state = _state(path)
        try:
            keys[path.stem] = _key(path)
        except (ValueError, TypeError, OSError, UnsupportedAlgorithm) as error:
            unreadable[path] = _Unreadable(error, state)
    return keys, unreadable


def _state(path: Path) -> tuple[int, int] | None:
    """Return a value that changes when the file is written, or None if the file doesn't exist."""
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
