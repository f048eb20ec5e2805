"""The settings of calls between services: who may sign them, and whether they are encrypted."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from servicekit.service_keys import ServiceKeys, private_key, public_keys

_TLS_FILES = ("tls.crt", "tls.key", "ca.crt")


class CallSettings(BaseSettings):
    """Further settings of every service, for its calls to others and theirs to it."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    internal_token_key: SecretStr = Field(
        description="Secret of at least 32 bytes, in base64, that signs page cursors and links, and"
        " calls of services without INTERNAL_SIGNING_KEY. While it is being replaced: several"
        " secrets, separated by commas. The first one signs, and all are accepted"
    )
    internal_signing_key: SecretStr | None = Field(
        default=None,
        description="Private key of this service (Ed25519, 32 bytes in base64), which signs its"
        " calls instead of INTERNAL_TOKEN_KEY. campaigns, gateway, messaging (with sender) and"
        " webhooks need one; `python -m servicekit.service_keys` prints new ones",
    )
    internal_public_keys: str = Field(
        default="",
        description="Public keys of all services, as service:base64,...; calls that are signed with"
        " them are accepted. A service may have several while its key is replaced",
    )
    internal_shared_tokens: bool = Field(
        default=True,
        description="Accept calls that INTERNAL_TOKEN_KEY has signed: on or off. Off when every"
        " service that calls others has a key of its own",
    )
    grpc_tls: Literal["off", "tls", "mutual"] = Field(
        default="off",
        description="TLS for calls between services, the same in every process. off; tls: calls are"
        " encrypted, and callers check the server's certificate; mutual: servers check the"
        " callers' certificates too",
    )
    grpc_tls_dir: str = Field(
        default="",
        validate_default=True,
        description="Folder with tls.crt and tls.key of this process, in PEM, and ca.crt, which has"
        " signed the certificates of all processes. Servers read new files by themselves; callers"
        " when they start",
    )

    @field_validator("internal_token_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        try:
            keys = token_keys_of(value.get_secret_value())
        except ValueError:
            raise ValueError("is not base64") from None
        if not keys or min(map(len, keys)) < 32:
            raise ValueError("is shorter than 32 bytes")
        return value

    @field_validator("grpc_tls_dir")
    @classmethod
    def _has_certificates(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("grpc_tls", "off") != "off":
            missing = [name for name in _TLS_FILES if not (Path(value) / name).is_file()]
            if not value or missing:
                raise ValueError(f"is not a folder with {', '.join(_TLS_FILES)}")
        return value

    @field_validator("internal_signing_key")
    @classmethod
    def _is_private_key(cls, value: SecretStr | None) -> SecretStr | None:
        try:
            _ = value and private_key(value.get_secret_value())
        except ValueError:
            raise ValueError("is not a key of 32 bytes in base64") from None
        return value

    @field_validator("internal_public_keys")
    @classmethod
    def _are_public_keys(cls, value: str) -> str:
        try:
            public_keys(value)
        except ValueError:
            raise ValueError("is not a list of service:base64, separated by commas") from None
        return value

    def service_keys(self) -> ServiceKeys:
        """Return the keys that sign and verify calls between services."""
        own = self.internal_signing_key
        return ServiceKeys(
            own=private_key(own.get_secret_value()) if own else None,
            public=public_keys(self.internal_public_keys),
        )

    def shared_token_keys(self) -> Sequence[bytes]:
        """Return the secrets whose tokens are accepted, for which each service could claim all."""
        return self.token_keys() if self.internal_shared_tokens else ()

    def token_key(self) -> bytes:
        """Return, as bytes, the secret that signs page cursors."""
        return self.token_keys()[0]

    def token_keys(self) -> Sequence[bytes]:
        """Return the secrets for links and shared tokens. The first one signs."""
        return token_keys_of(self.internal_token_key.get_secret_value())


def token_keys_of(text: str) -> Sequence[bytes]:
    """Return the secrets that are written in INTERNAL_TOKEN_KEY. Raises ``ValueError``."""
    return [base64.b64decode(key, validate=True) for key in _parts(text)]


def _parts(text: str) -> Sequence[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
