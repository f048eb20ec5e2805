"""Envelope encryption of secrets at rest: tokens and keys of the providers.

Each record is encrypted with AES-256-GCM under a data key of its own, and the data key is wrapped
by a key-encryption key. Both are bound to the record's context (organisation, table, column, row
id) as associated data, so a value that was copied to another row, column or organisation can't be
decrypted. When key-encryption keys are rotated, only the data keys are wrapped again; the
ciphertexts stay the same.

A sealed value is ASCII text: ``v1.<key id>.<wrapped data key>.<nonce and ciphertext>``, the last
two in unpadded url-safe base64.
"""

import base64
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from servicekit import base64url

KMS_KEY_ARN = r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]{1,60}$"
"""A regular expression for the ARN of an AWS KMS key."""

_VERSION = "v1"
_KEY_BYTES = 32
_NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class DecryptionFailed(Exception):
    """The sealed (encrypted) value can't be decrypted.

    The error gives no reason on purpose: a tampered value, the context of another record, an
    unknown key and a malformed text all look the same.
    """

    def __init__(self) -> None:
        super().__init__("the sealed value can't be opened")


class KeyWrapper(Protocol):
    """Encrypts (wraps) data keys: a :class:`Keyring` or a cloud's KMS (``kms``)."""

    @property
    def primary_id(self) -> str:
        """The id of the key that :meth:`wrap` uses: 1 to 64 letters, digits, ``-`` or ``_``."""
        ...

    def new_data_key(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Return a new data key of 32 bytes, in clear and wrapped."""
        ...

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> bytes:
        """Encrypt ``data_key`` under the primary key, bound to ``context``."""
        ...

    def unwrap(self, key_id: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the data key that was wrapped when ``key_id`` was the primary key.

        Raises:
            DecryptionFailed: The key is unknown, or ``wrapped`` or ``context`` has changed since.
        """
        ...


class Keyring:
    """Key-encryption keys in memory: the first one encrypts, and each of them can decrypt.

    A key may wrap 2**32 data keys (NIST SP 800-38D, random nonces); rotate long before that.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys:
            raise ValueError("the keyring is empty: it needs at least one key")
        for position, (key_id, key) in enumerate(keys.items(), start=1):
            if not _KEY_ID.fullmatch(key_id):
                raise ValueError(f"id {position} of the keyring is not 1-64 of A-Z a-z 0-9 - _")
            if len(key) != _KEY_BYTES:
                raise ValueError(f"key {position} of the keyring must have {_KEY_BYTES} bytes")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._primary_id = next(iter(keys))

    @classmethod
    def parse(cls, setting: str) -> "Keyring":
        """Parse a setting like ``2026:<base64>,2025:<base64>``, the primary key first.

        Raises:
            ValueError: An entry is wrong. The message names the entry and contains no key material.
        """
        keys: dict[str, bytes] = {}
        for position, entry in enumerate(setting.split(","), start=1):
            key_id, separator, encoded = entry.strip().partition(":")
            if not separator:
                raise ValueError(f"entry {position} of the keyring is not of the form id:base64")
            if key_id in keys:
                raise ValueError(f"entry {position} of the keyring repeats an id")
            keys[key_id] = _decoded_key(encoded, position)
        return cls(keys)

    def __repr__(self) -> str:
        return f"Keyring(ids={list(self._ciphers)})"

    @property
    def primary_id(self) -> str:
        """The id of the key that encrypts."""
        return self._primary_id

    @property
    def ids(self) -> Sequence[str]:
        """The ids of all keys, the primary one first."""
        return tuple(self._ciphers)

    def new_data_key(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Return a new data key of 32 bytes, in clear and wrapped."""
        data_key = secrets.token_bytes(_KEY_BYTES)
        return data_key, self.wrap(data_key, context)

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> bytes:
        """Encrypt ``data_key`` under the primary key, bound to ``context``."""
        return _encrypt(self._ciphers[self._primary_id], data_key, _bound(context))

    def unwrap(self, key_id: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the data key that was wrapped when ``key_id`` was the primary key.

        Raises:
            DecryptionFailed: The key is unknown, or ``wrapped`` or ``context`` has changed since.
        """
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise DecryptionFailed
        return _decrypt(cipher, wrapped, _bound(context))


class Envelope:
    """Encrypts (seals) and decrypts (opens) the secrets of records.

    ``context`` says where a value is stored, such as ``{"org": ..., "table": ..., "column": ...,
    "row": ...}``. The context is not stored, and opening needs the same context again. The order of
    its entries doesn't matter.
    """

    def __init__(self, wrapper: KeyWrapper) -> None:
        self._wrapper = wrapper

    def seal(self, plaintext: str | bytes, context: Mapping[str, str]) -> str:
        """Encrypt ``plaintext`` for storage. Every call returns a different text.

        Raises:
            ValueError: The context is empty, or the bytes are not UTF-8.
        """
        text, bound = (
            plaintext if isinstance(plaintext, str) else plaintext.decode(),
            _bound(context),
        )
        data_key, wrapped_key = self._wrapper.new_data_key(context)
        ciphertext = _encrypt(AESGCM(data_key), text.encode(), bound)
        return str(self._sealed(wrapped_key, base64url.encode(ciphertext)))

    def open(self, sealed: str, context: Mapping[str, str]) -> str:
        """Decrypt ``sealed``.

        Raises:
            DecryptionFailed: ``sealed`` was not sealed for this context with a known key.
            ValueError: The context is empty.
        """
        value = _Sealed.parse(sealed)
        cipher = AESGCM(self._data_key(value, context))
        plaintext = _decrypt(cipher, _from_base64(value.ciphertext), _bound(context))
        return plaintext.decode()

    def rewrap(self, sealed: str, context: Mapping[str, str]) -> str:
        """Return ``sealed`` with its data key wrapped by the primary key, and the same ciphertext.

        Raises:
            DecryptionFailed: The data key was not wrapped for this context with a known key.
            ValueError: The context is empty.
        """
        value = _Sealed.parse(sealed)
        wrapped_key = self._wrapper.wrap(self._data_key(value, context), context)
        return str(self._sealed(wrapped_key, value.ciphertext))

    def needs_rewrap(self, sealed: str) -> bool:
        """Tell whether the data key of ``sealed`` is wrapped by a key that is not the primary one.

        Raises:
            DecryptionFailed: ``sealed`` is not a sealed value.
        """
        return _Sealed.parse(sealed).key_id != self._wrapper.primary_id

    def _sealed(self, wrapped_key: bytes, ciphertext: str) -> "_Sealed":
        return _Sealed(self._wrapper.primary_id, base64url.encode(wrapped_key), ciphertext)

    def _data_key(self, value: "_Sealed", context: Mapping[str, str]) -> bytes:
        wrapped_key = _from_base64(value.wrapped_key)
        return self._wrapper.unwrap(value.key_id, wrapped_key, context)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """The parts of a sealed value. Wrapped key and ciphertext are base64, as in the sealed text."""

    key_id: str
    wrapped_key: str
    ciphertext: str

    def __str__(self) -> str:
        return f"{_VERSION}.{self.key_id}.{self.wrapped_key}.{self.ciphertext}"

    @classmethod
    def parse(cls, sealed: str) -> "_Sealed":
        match sealed.split("."):
            case [version, key_id, wrapped_key, ciphertext] if version == _VERSION:
                return cls(key_id, wrapped_key, ciphertext)
            case _:
                raise DecryptionFailed


def _encrypt(cipher: AESGCM, plaintext: bytes, associated_data: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plaintext, associated_data)


def _decrypt(cipher: AESGCM, encrypted: bytes, associated_data: bytes) -> bytes:
    nonce, ciphertext = encrypted[:_NONCE_BYTES], encrypted[_NONCE_BYTES:]
    try:
        return cipher.decrypt(nonce, ciphertext, associated_data)
    except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
        raise DecryptionFailed from None


def _bound(context: Mapping[str, str]) -> bytes:
    """Encode ``context`` as bytes: the associated data of both encryptions."""
    if not context:
        raise ValueError("a sealed value needs a context to be bound to")
    return json.dumps([_VERSION, sorted(context.items())]).encode()


def _decoded_key(encoded: str, position: int) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        raise ValueError(f"entry {position} of the keyring is not valid base64") from None


def _from_base64(text: str) -> bytes:
    try:
        return base64url.decode(text)
    except ValueError:
        raise DecryptionFailed from None
