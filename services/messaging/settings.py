"""The settings of the messaging service and of its senders."""

from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from servicekit.settings import (
    GrpcSettings,
    KeyringSettings,
    SendingSettings,
    ServiceSettings,
    require_package,
)
from services.messaging.common.storage.buckets import SCHEME, BucketPath
from services.messaging.common.storage.files import Place


class SenderSettings(ServiceSettings, SendingSettings, KeyringSettings):
    """Settings of a sender process."""

    billing_addr: str = Field(description="host:port of billing's gRPC server")
    contacts_addr: str = Field(description="host:port of contacts' gRPC server")
    public_webhooks_url: str = Field(
        description="The exact public base URL at which Twilio reaches the webhooks service"
    )
    twilio_base_url: str = Field(
        default="https://{host}", description="Twilio's base URL; {host} stands for its host name"
    )
    send_concurrency: int = Field(
        default=64, ge=1, le=1000, description="Concurrent requests of a sender to Twilio"
    )
    send_batch: int = Field(
        default=500, ge=1, le=1000, description="Messages that a sender claims at once"
    )
    send_rate: int = Field(
        default=200,
        ge=1,
        le=100_000,
        description="Segments per second that an organisation may send, unless it has its own rate",
    )
    send_lease_seconds: int = Field(
        default=60,
        ge=5,
        description="Seconds after which a claimed message without an outcome becomes unknown. No"
        " request to send it starts after that",
    )
    unknown_horizon_seconds: int = Field(
        default=120,
        ge=1,
        description="Seconds for which Twilio is polled for an unknown message before the message"
        " counts as never sent. Must be longer than a request to Twilio may take",
    )
    poll_after_seconds: int = Field(
        default=120,
        ge=1,
        le=3600,
        description="Seconds without a delivery report after which Twilio is polled about a"
        " message. It is polled again after five times as long",
    )
    require_a2p: bool = Field(
        default=False,
        description="Refuse texts to the US from local US numbers that are not registered with the"
        " carriers (A2P 10DLC), which would block them. On in production",
    )


class MessagingSettings(SenderSettings, GrpcSettings):
    """Settings of the server, in addition to the settings of a sender."""

    twilio_account_sid: str = Field(description="The platform's Twilio account (AC...)")
    twilio_auth_token: SecretStr = Field(
        description="The auth token of the platform's Twilio account"
    )
    a2p_primary_policy: str = Field(
        default="RN6433641899984f951173ef1738c3bdd0",
        description="Twilio's policy for the platform's own business profile",
    )
    a2p_secondary_policy: str = Field(
        default="RNdfbf3fae0e1107f8aded0e7cead80bf5",
        description="Twilio's policy for customers' business profiles",
    )
    a2p_policy: str = Field(
        default="RNb0d4771c2c98518d916a3d4cd70a8f8b",
        description="Twilio's policy for A2P messaging profiles",
    )
    export_dir: Place = Field(
        default=Path("var/exports"),
        description="Folder for export files and incoming pictures, which replicas must share; or a"
        " bucket of object storage, such as s3://bucket/exports?region=eu-central-1, with"
        " &endpoint=https://... if it is not Amazon's",
    )
    export_max_rows: int = Field(
        default=100_000,
        ge=1,
        description="Maximum messages of a history export that is streamed. Larger ones are files",
    )
    export_link_hours: int = Field(
        default=24, ge=1, le=720, description="Hours after which an export's link and file expire"
    )
    archive_dir: Place = Field(
        default=Path("var/archive"),
        description="Folder for archived messages, which replicas must share; or a bucket, as in"
        " EXPORT_DIR",
    )
    archive_after_months: int = Field(
        default=18, ge=1, description="Months after which messages move to the archive"
    )
    balance_max_age_seconds: int = Field(
        default=60,
        ge=1,
        description="Seconds for which a Twilio balance is cached",
    )
    rotation_grace_seconds: int = Field(
        default=900,
        ge=360,
        description="Seconds from the creation of a subaccount's secondary auth token to its"
        " promotion. Must be longer than the time for which the webhooks service caches tokens",
    )
    key_max_age_days: int = Field(
        default=90, ge=1, description="Days after which a subaccount's API key is replaced"
    )
    a2p_brand_cents: int = Field(
        default=500,
        ge=0,
        description="Fee in cents for each submission of a brand to the US carriers. 0 means free",
    )
    a2p_campaign_cents: int = Field(
        default=1500,
        ge=0,
        description="Fee in cents for each submission of a campaign to the US carriers. 0 means"
        " free",
    )
    number_limit_unpaid: int = Field(
        default=2,
        ge=0,
        le=1000,
        description="Maximum phone numbers of an organisation before its first payment through"
        " Stripe, unless an operator has set its limit",
    )
    number_limit_paid: int = Field(
        default=10,
        ge=0,
        le=1000,
        description="Maximum phone numbers of an organisation after its first payment",
    )
    number_notice_days: int = Field(
        default=7,
        ge=1,
        le=27,
        description="Days before the next month of a phone number at which the organisation is"
        " alerted if the balance does not cover it",
    )
    number_grace_days: int = Field(
        default=7,
        ge=1,
        le=27,
        description="Days for which an unpaid phone number is kept",
    )
    lookup_price_cents: int = Field(
        default=1, ge=0, description="Price in cents of a number lookup. 0 means free"
    )

    @field_validator("export_dir", "archive_dir", mode="before")
    @classmethod
    def _folder_or_bucket(cls, value: object) -> object:
        if not isinstance(value, str) or not value.startswith(f"{SCHEME}:"):
            return value
        require_package("boto3")
        return BucketPath.parse(value)
