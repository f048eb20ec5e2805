"""Settings: read once from the environment, and typed.

If settings are missing or wrong, the process does not start and lists all of them. A service
declares its own settings in ``services/<name>/settings.py`` as a subclass of
:class:`ServiceSettings`; every field's ``description`` is its documentation.
"""

import base64
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from servicekit.crypto import KMS_KEY_ARN

HOST_PORT = r"^[^\s/]*:\d{1,5}$"


class MigrationSettings(BaseSettings):
    """The settings that a migration of a service's database needs."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: SecretStr = Field(
        description="Address of the service's own database on Postgres 18 or newer, as"
        " postgresql://...; a pooler must be in session mode"
    )


class ServiceSettings(MigrationSettings):
    """The settings that every service has."""

    nats_url: SecretStr = Field(
        description="Address of NATS with the login of this process, as nats://user:password@host:port"
    )
    bus_replicas: int = Field(
        default=1,
        ge=1,
        le=5,
        description="Servers of NATS that store each stream: 1, or 3 with three servers or more."
        " Missing streams are made with it, and messaging raises streams that have fewer",
    )
    ops_listen: str = Field(
        default="127.0.0.1:0",
        pattern=HOST_PORT,
        description="host:port of health and metrics over HTTP",
    )
    internal_token_key: SecretStr = Field(
        description="Secret of at least 32 bytes, in base64, that signs calls between services."
        " While it is being replaced: several secrets, separated by commas. The first one signs,"
        " and all are accepted"
    )
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")
    pool_size: int = Field(
        default=8, ge=1, le=100, description="Database connections that a process may hold"
    )
    scheduler: bool = Field(
        default=True, description="Run the service's jobs in this process: on or off"
    )
    grace_seconds: float = Field(
        default=20,
        gt=0,
        description="Seconds after SIGTERM in which the process finishes its work in progress",
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

    def token_key(self) -> bytes:
        """Return, as bytes, the secret that signs internal tokens and page cursors."""
        return self.token_keys()[0]

    def token_keys(self) -> Sequence[bytes]:
        """Return the secrets for internal tokens; new tokens are signed with the first one."""
        return token_keys_of(self.internal_token_key.get_secret_value())


def require_package(name: str) -> None:
    """Raise ``ValueError`` if a package is missing that the image has and `make run` leaves out."""
    if find_spec(name) is None:
        raise ValueError(f"needs the package {name}: run `make install`, or unset it")


def token_keys_of(text: str) -> Sequence[bytes]:
    """Return the secrets that are written in INTERNAL_TOKEN_KEY. Raises ``ValueError``."""
    return [base64.b64decode(key, validate=True) for key in _parts(text)]


def _parts(text: str) -> Sequence[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


class GrpcSettings(ServiceSettings):
    """Further settings of a service that serves gRPC."""

    grpc_listen: str = Field(pattern=HOST_PORT, description="host:port of the gRPC server")


class SendingSettings(BaseSettings):
    """Further settings of a service whose methods send texts for users."""

    require_verified_email: bool = Field(
        default=False,
        description="Only users with a verified email address can send texts",
    )


class KeyringSettings(BaseSettings):
    """Further settings of a service that stores secrets; see ``servicekit.vault``."""

    keyring: SecretStr = Field(
        description="Key-encryption keys as id:base64,...; the first one encrypts"
    )
    kms_key_id: str = Field(
        default="",
        pattern=f"^$|{KMS_KEY_ARN}",
        description="ARN of the AWS KMS key that encrypts instead of KEYRING. KEYRING still"
        " decrypts what it has encrypted",
    )
    aws_endpoint_url: str = Field(
        default="", description="URL of AWS KMS, if it is not Amazon's own"
    )

    @field_validator("kms_key_id")
    @classmethod
    def _kms_client_is_installed(cls, value: str) -> str:
        if value:
            require_package("boto3")
        return value


class MailSettings(BaseSettings):
    """Further settings of a service that sends mail; see ``servicekit.mail``."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    postmark_server_token: SecretStr = Field(description="Postmark's server token")
    postmark_base_url: str = Field(
        default="https://api.postmarkapp.com", description="Base URL of Postmark's API"
    )
    postmark_from: str = Field(
        description="Sender of all mail: an address that Postmark has confirmed"
    )
    # Postmark's aliases start with a letter and contain only these characters.
    postmark_templates: str = Field(
        default="smsblaster-",
        pattern=r"^([A-Za-z][A-Za-z0-9._-]*)?$",
        description="First part of the aliases of the mail templates at Postmark. off: mails"
        " have the platform's built-in text, which they also have if a template is missing",
    )

    @field_validator("postmark_templates")
    @classmethod
    def _without_templates(cls, prefix: str) -> str:
        return "" if prefix == "off" else prefix


AnySettings = TypeVar("AnySettings", bound=ServiceSettings)
Loaded = TypeVar("Loaded", bound=BaseSettings)


def load(settings_class: type[Loaded]) -> Loaded:
    """Read ``settings_class`` from the environment.

    Exits with status 2 and the list of every setting that is missing or wrong.
    """
    try:
        return settings_class()
    except ValidationError as error:
        print("Can't start, these settings are missing or wrong:", file=sys.stderr)
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"]).upper()
            field = settings_class.model_fields.get(str(problem["loc"][0]))
            meaning = f" ({field.description})" if field and field.description else ""
            print(f"  {name}: {problem['msg']}{meaning}", file=sys.stderr)
        raise SystemExit(2) from None
