"""The settings of the gateway."""

from typing import Self

from pydantic import Field, SecretStr, model_validator

from servicekit.settings import KeyringSettings, MailSettings
from servicekit.web.server import EdgeSettings


class GatewaySettings(MailSettings, KeyringSettings, EdgeSettings):
    """Settings of the gateway, from the environment."""

    billing_addr: str = Field(description="host:port of billing's gRPC server")
    contacts_addr: str = Field(description="host:port of contacts' gRPC server")
    messaging_addr: str = Field(description="host:port of messaging's gRPC server")
    campaigns_addr: str = Field(description="host:port of campaigns' gRPC server")
    webhooks_addr: str = Field(description="host:port of webhooks' gRPC server")
    public_app_url: str = Field(description="Public address of the API and console, for links")
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
    cors_origins: str = Field(
        default="", description="Origins that browsers may call from, separated by commas"
    )
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
    rate_address: int = Field(
        default=3000, ge=1, description="Requests of any kind a minute from each IP address"
    )
    trusted_proxies: int = Field(
        default=0,
        ge=0,
        le=10,
        description="Number of proxies in front of the gateway whose X-Forwarded-For is trusted",
    )
    upload_limit_bytes: int = Field(
        default=101 * 1024 * 1024, ge=1024, description="Maximum size of an upload in bytes"
    )

    @model_validator(mode="after")
    def _one_counter(self) -> Self:
        if self.rate_limits and self.web_workers > 1 and self.redis_url is None:
            raise ValueError("WEB_WORKERS above 1 needs REDIS_URL, or RATE_LIMITS=off")
        return self

    def origins(self) -> frozenset[str]:
        """Return the origins that browsers may call from."""
        return frozenset(
            origin.strip() for origin in self.cors_origins.split(",") if origin.strip()
        )
