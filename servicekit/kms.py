"""Wrap data keys with AWS KMS. The key-encryption key never leaves KMS.

A record's context (organisation, table, column, row) is the encryption context, so that KMS binds
the data key to this context and writes the context to its own log. Calls block: make them off the
event loop.
"""

import threading
from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from cachetools import TTLCache

from servicekit.crypto import DecryptionFailed, Keyring
from servicekit.errors import Unavailable

_Wrapping = tuple[str, bytes, frozenset[tuple[str, str]]]
"""The id of the key, the wrapped data key, and the context."""

_PREFIX = "kms-"
_CACHED_SECONDS = 300.0
_MAX_CACHED = 1000
_LIMITS = Config(
    connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 3}
)
# Codes with which KMS says that a data key was not wrapped like this, or that its key is gone.
_CANNOT_OPEN = frozenset(
    (
        "InvalidCiphertextException",
        "IncorrectKeyException",
        "NotFoundException",
        "DisabledException",
        "KMSInvalidStateException",
        "ValidationException",
    )
)


class KmsKeys:
    """Wraps data keys with one key of AWS KMS.

    ``key_arn`` names the key and its region. Values that were sealed with another key of the same
    account are opened with that key, and values that were sealed before KMS was used are opened
    with ``keyring``. ``endpoint_url`` is the URL of KMS if it is not Amazon's own. AWS credentials
    are found in the same places as by AWS's own tools.

    Unwrapped data keys stay in memory for five minutes, a thousand at most.
    """

    def __init__(self, key_arn: str, keyring: Keyring, endpoint_url: str | None = None) -> None:
        self._arn = key_arn
        self._keyring = keyring
        self._data_keys: TTLCache[_Wrapping, bytes] = TTLCache(_MAX_CACHED, _CACHED_SECONDS)
        self._lock = threading.Lock()
        region = key_arn.split(":")[3]
        self._kms = boto3.client(
            "kms", region_name=region, endpoint_url=endpoint_url, config=_LIMITS
        )

    @property
    def primary_id(self) -> str:
        """The id of the key that encrypts, with a mark that it is a KMS key."""
        return _PREFIX + _bare_id(self._arn)

    def new_data_key(self, context: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Return a new data key of 32 bytes, in clear and wrapped. Raises ``Unavailable``."""
        made = self._call(
            "generate_data_key", KeyId=self._arn, KeySpec="AES_256", EncryptionContext=context
        )
        return made["Plaintext"], made["CiphertextBlob"]

    def wrap(self, data_key: bytes, context: Mapping[str, str]) -> bytes:
        """Wrap ``data_key`` under the key, bound to ``context``. Raises ``Unavailable``."""
        made = self._call("encrypt", KeyId=self._arn, Plaintext=data_key, EncryptionContext=context)
        wrapped: bytes = made["CiphertextBlob"]
        return wrapped

    def unwrap(self, key_id: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the data key that was wrapped when ``key_id`` was the primary key.

        Raises:
            DecryptionFailed: The key is unknown, or ``wrapped`` or ``context`` has changed since.
            Unavailable: KMS does not answer, or denies us access.
        """
        if not key_id.startswith(_PREFIX):
            return self._keyring.unwrap(key_id, wrapped, context)
        wrapping = (key_id, wrapped, frozenset(context.items()))
        with self._lock:
            data_key = self._data_keys.get(wrapping)
        if data_key is None:
            data_key = self._decrypt(key_id.removeprefix(_PREFIX), wrapped, context)
            with self._lock:
                self._data_keys[wrapping] = data_key
        return data_key

    def _decrypt(self, bare_id: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        key_id = self._arn if bare_id == _bare_id(self._arn) else bare_id
        opened = self._call(
            "decrypt", KeyId=key_id, CiphertextBlob=wrapped, EncryptionContext=context
        )
        data_key: bytes = opened["Plaintext"]
        return data_key

    def _call(self, operation: str, **parameters: object) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._kms, operation)(**parameters)
        except ClientError as error:
            if operation == "decrypt" and error.response["Error"]["Code"] in _CANNOT_OPEN:
                raise DecryptionFailed from None
            raise _away() from error
        except BotoCoreError as error:
            if operation == "decrypt" and isinstance(error, ParamValidationError):
                raise DecryptionFailed from None  # the value is too damaged to ask KMS
            raise _away() from error
        return answer


def _bare_id(arn: str) -> str:
    return arn.rpartition("/")[2]


def _away() -> Unavailable:
    return Unavailable("Stored credentials can't be opened now. Try again.", "kms_unavailable")
