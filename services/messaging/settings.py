"""Messaging's settings."""

from pydantic import Field, SecretStr

from servicekit.settings import GrpcSettings, ServiceSettings


class SenderSettings(ServiceSettings):
    """What a sender needs to know."""

    billing_addr: str = Field(description="host:port of billing's gRPC server")
    contacts_addr: str = Field(description="host:port of contacts' gRPC server")
    keyring: SecretStr = Field(
        description="Key-encryption keys as id:base64,...; the first one encrypts"
    )
    public_webhooks_url: str = Field(
        description="The exact public base URL at which Twilio reaches the webhooks service"
    )
    twilio_base_url: str = Field(
        default="https://{host}", description="Twilio's base URL; {host} stands for its host name"
    )
    send_concurrency: int = Field(
        default=64, ge=1, le=1000, description="Requests to Twilio that a sender has in flight"
    )
    send_batch: int = Field(
        default=200, ge=1, le=1000, description="Messages that a sender claims at once"
    )
    send_rate: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="Segments a second that an organisation sends unless its own rate is set",
    )
    send_lease_seconds: int = Field(
        default=60,
        ge=5,
        description="Seconds after which a claimed message without an outcome counts as unknown;"
        " longer than a request to Twilio may take",
    )
    unknown_horizon_seconds: int = Field(
        default=120,
        ge=1,
        description="Seconds during which Twilio is asked for a message of unknown fate before it"
        " is taken as never sent",
    )
    poll_after_seconds: int = Field(
        default=120,
        ge=1,
        description="Seconds without news after which Twilio is asked about a message",
    )


class MessagingSettings(SenderSettings, GrpcSettings):
    """What the server needs to know besides: it opens accounts."""

    twilio_account_sid: str = Field(description="The platform's Twilio account (AC...)")
    twilio_auth_token: SecretStr = Field(description="The auth token of that account")
