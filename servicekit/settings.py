"""Settings: read once from the environment, and typed.

If settings are missing or wrong, the process does not start and lists all of them. A service
declares its own settings in ``services/<name>/settings.py`` as a subclass of
:class:`ServiceSettings`; every field's ``description`` is its documentation.
"""

import sys
from importlib.util import find_spec
from typing import TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import make_url

from servicekit.call_settings import CallSettings
from servicekit.crypto import KMS_KEY_ARN

HOST_PORT = r"^[^\s/]*:\d{1,5}$"


class DatabaseSettings(BaseSettings):
    """The settings of a service's database."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    database_url: SecretStr = Field(
        description="Address of the service's own database on Postgres 18 or newer, as"
        " postgresql://... It may lead through a pooler; one in transaction mode needs"
        " DIRECT_DATABASE_URL too"
    )
    direct_database_url: SecretStr | None = Field(
        default=None,
        description="Address of the database without a pooler, if DATABASE_URL leads through one in"
        " transaction mode (PgBouncer). A process uses it for the few connections that need a"
        " session of their own: locks of jobs, the log of webhooks, migrations",
    )

    def session_url(self) -> str:
        """Return the address at which each connection has a session of its own."""
        return (self.direct_database_url or self.database_url).get_secret_value()

    def direct_url(self) -> str | None:
        """Return the address without a pooler, if there is a pooler in transaction mode."""
        return self.direct_database_url.get_secret_value() if self.direct_database_url else None


class MigrationSettings(DatabaseSettings):
    """The settings of the command ``migrate``; it needs no others."""

    migration_database_url: SecretStr | None = Field(
        default=None,
        description="Address of the database with the role that owns its tables, and not through a"
        " pooler. `migrate` connects with it, and lets the role of DATABASE_URL read and write."
        " Without it, `migrate` uses DIRECT_DATABASE_URL or DATABASE_URL, whose role then owns the"
        " tables and could turn off row-level security",
    )

    def migration_url(self) -> str:
        """Return the address that ``migrate`` uses."""
        owners = self.migration_database_url
        return owners.get_secret_value() if owners else self.session_url()

    def role(self) -> str | None:
        """Return the name of the role with which the service's processes connect."""
        return make_url(self.database_url.get_secret_value()).username


class ServiceSettings(DatabaseSettings, CallSettings):
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
    # Traces: the names are OpenTelemetry's own.
    otel_exporter_otlp_endpoint: str = Field(
        default="",
        pattern=r"^$|^https?://[^\s/]",
        description="Base URL of the collector that gets traces over OTLP/HTTP, as"
        " http://collector:4318. Without it, no spans are recorded",
    )
    otel_exporter_otlp_headers: SecretStr | None = Field(
        default=None,
        description="Headers of the requests to the collector, as name=value,name=value",
    )
    otel_traces_sampler_arg: float = Field(
        default=0.01,
        ge=0,
        le=1,
        description="Share of new traces that is recorded, from 0 to 1",
    )

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _opentelemetry_is_installed(cls, value: str) -> str:
        if value:
            require_package("opentelemetry")
        return value


def require_package(name: str) -> None:
    """Raise ``ValueError`` if a package is missing. Images have it, `make run` does not need it."""
    if find_spec(name) is None:
        raise ValueError(f"needs the package {name}: run `make install`, or unset it")


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
