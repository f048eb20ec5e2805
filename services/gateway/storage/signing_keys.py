"""The folder of RSA keys that sign access tokens: one PEM file each, named by its ``kid``.

A key is rotated by putting another file there: the newest signs, all of them verify. Running
workers notice by the folder's own time of change.
"""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.gateway.domain.access_tokens import SigningKey

log = structlog.get_logger()

_BITS = 3072


class SigningKeys:
    """The keys of a folder, read again when it changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._changed_at = 0
        self._keys: dict[str, SigningKey] = {}

    def newest(self) -> SigningKey:
        """The key that signs. Raises ``RuntimeError`` where there is none."""
        keys = list(self._current().values())
        if not keys:
            raise RuntimeError(f"JWT_KEYS_DIR {self._folder} holds no key")
        return keys[-1]

    def find(self, kid: str) -> SigningKey | None:
        """The key named ``kid``; None for a name that is not ours."""
        return self._current().get(kid)

    def all(self) -> list[SigningKey]:
        """Every key, the oldest first."""
        return list(self._current().values())

    def _current(self) -> dict[str, SigningKey]:
        changed_at = self._folder.stat().st_mtime_ns
        if changed_at != self._changed_at:
            self._read_again(changed_at)
        return self._keys

    def _read_again(self, changed_at: int) -> None:
        with self._lock:
            try:
                self._keys = _read(self._folder)
            except ValueError as error:
                if not self._keys:
                    raise
                # A file that is still being written; the next request tries again.
                log.warning("signing_key_unreadable", error=repr(error))
            else:
                self._changed_at = changed_at


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


def _read(folder: Path) -> dict[str, SigningKey]:
    # By name and not by age: files of a mounted secret are all written at once.
    return {path.stem: _key(path) for path in sorted(folder.glob("*.pem"))}


def _key(path: Path) -> SigningKey:
    private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(private, rsa.RSAPrivateKey) or private.key_size < _BITS:
        raise RuntimeError(f"{path} is not an RSA key of at least {_BITS} bits")
    return SigningKey(path.stem, private)
