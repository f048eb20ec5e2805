"""The settings of the gateway."""

from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from servicekit.settings import KeyringSettings, MailSettings, require_package
from servicekit.web.server import EdgeSettings


class _PageSettings(BaseSettings):
    """Settings for browsers: the pages that may call the API, and the length of sessions."""

    public_app_url: str = Field(description="Public address of the API and console, for links")
    cors_origins: str = Field(
        default="", description="Origins that browsers may call from, separated by commas"
    )

    session_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Days after which a session ends, however often it is refreshed",
    )
    operator_second_factor: bool = Field(
        default=True,
        description="Operators of the platform need a second factor: on or off",
    )

    def origins(self) -> frozenset[str]:
        """Return the origins, besides the gateway's own, whose pages may call the API."""
        return frozenset(
            origin.strip() for origin in self.cors_origins.split(",") if origin.strip()
        )

    def session_length(self) -> timedelta:
        """Return the age at which a session ends."""
        return timedelta(days=self.session_days)


class GatewaySettings(_PageSettings, MailSettings, KeyringSettings, EdgeSettings):
    """Settings of the gateway, from the environment."""

    billing_addr: str = Field(description="host:port of billing's gRPC server")
    contacts_addr: str = Field(description="host:port of contacts' gRPC server")
    messaging_addr: str = Field(description="host:port of messaging's gRPC server")
    campaigns_addr: str = Field(description="host:port of campaigns' gRPC server")
    webhooks_addr: str = Field(description="host:port of webhooks' gRPC server")
    public_stream_url: str = Field(
        default="",
        description="Public address of the live stream. Default: /api/stream of PUBLIC_APP_URL",
    )
    console_dir: str = Field(
        default="console/dist", description="Folder of the built console; without it, no console"
    )
    web_threads: int = Field(default=16, ge=1, le=256, description="Threads in each worker")
    web_transfers: int = Field(
        default=16, ge=1, le=256, description="Uploads and downloads at once in each worker"
    )
    user_transfers: int = Field(
        default=4, ge=1, le=256, description="Uploads and downloads at once of one user"
    )
    jwt_keys_dir: str = Field(description="Folder of the RSA keys that sign access tokens")
    redis_url: SecretStr | None = Field(
        default=None, description="Redis that counts requests for all processes together"
    )
    rate_limits: bool = Field(default=True, description="Limit requests: on or off")
    rate_read: int = Field(default=600, ge=1, description="Reads a minute for each user")
    rate_write: int = Field(default=240, ge=1, description="Writes a minute for each user")
    rate_send: int = Field(
        default=120, ge=1, description="Requests a minute that send or pay, for each user"
    )
    rate_sign_in: int = Field(
        default=20, ge=1, description="Sign-ins, sign-ups and resets a minute for each IP address"
    )
    rate_refresh: int = Field(
        default=600,
        ge=1,
        description="Refreshes and sign-outs a minute for each IP address, which an office shares",
    )
    rate_address: int = Field(
        default=3000, ge=1, description="Requests of any kind a minute from each IP address"
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Number of proxies in front of the gateway whose X-Forwarded-For is trusted",
    )
    closing_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days after which the data of a closed organisation are deleted",
    )
    request_log_days: int = Field(
        default=7, ge=1, le=90, description="Days for which the request log keeps requests"
    )
    request_log_queue: int = Field(
        default=10_000,
        ge=1,
        le=1_000_000,
        description="Requests of a worker that may wait to be written to the request log",
    )
    upload_limit_bytes: int = Field(
        default=101 * 1024 * 1024, ge=1024, description="Maximum size of an upload in bytes"
    )

    @field_validator("redis_url")
    @classmethod
    def _redis_client_is_installed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_package("redis")
        return value

    @model_validator(mode="after")
    def _one_counter(self) -> Self:
        if self.rate_limits and self.web_workers > 1 and self.redis_url is None:
            raise ValueError("WEB_WORKERS above 1 needs REDIS_URL, or RATE_LIMITS=off")
        return self

    def stream_url(self) -> str:
        """Return the public URL of the live stream."""
        return self.public_stream_url or f"{self.public_app_url.rstrip('/')}/api/stream"

    def stream_origin(self) -> str:
        """Return the origin of the live stream if it can differ from the console's, else ""."""
        return _origin(self.public_stream_url) if self.public_stream_url else ""


class StreamSettings(_PageSettings, EdgeSettings):
    """Settings of the process that serves the live stream."""

    web_workers: int = Field(
        default=1, ge=1, le=1, description="Always 1. For more streams, start more processes"
    )
    streams: int = Field(
        default=4000, ge=1, le=100_000, description="Live streams of a process at once"
    )
    streams_per_org: int = Field(
        default=500, ge=1, description="Live streams of an organisation at once, in each process"
    )
    streams_per_user: int = Field(
        default=10, ge=1, description="Live streams of a user at once, in each process"
    )
    stream_seconds: float = Field(
        default=600.0, gt=0, description="Seconds after which a live stream ends and is reopened"
    )

    def origins(self) -> frozenset[str]:
        """Return the origins whose pages may open a stream: the console's origin and others."""
        return super().origins() | {_origin(self.public_app_url)}


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"
