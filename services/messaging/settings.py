"""Messaging's settings."""

from pathlib import Path

from pydantic import Field, SecretStr

from servicekit.crypto import KMS_KEY_ARN
from servicekit.settings import GrpcSettings, SendingSettings, ServiceSettings


class SenderSettings(ServiceSettings, SendingSettings):
    """What a sender needs to know."""

    billing_addr: str = Field(description="host:port of billing's gRPC server")
    contacts_addr: str = Field(description="host:port of contacts' gRPC server")
    keyring: SecretStr = Field(
        description="Key-encryption keys as id:base64,...; the first one encrypts"
    )
    kms_key_id: str = Field(
        default="",
        pattern=f"^$|{KMS_KEY_ARN}",
        description="ARN of the AWS KMS key that encrypts in the place of KEYRING, which opens what"
        " it sealed before",
    )
    aws_endpoint_url: str = Field(
        default="", description="Address of AWS KMS where it is not Amazon's own"
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
        " no request to send it begins after that",
    )
    unknown_horizon_seconds: int = Field(
        default=120,
        ge=1,
        description="Seconds during which Twilio is asked for a message of unknown fate before it"
        " is taken as never sent; longer than a request to Twilio may take",
    )
    poll_after_seconds: int = Field(
        default=120,
        ge=1,
        le=3600,
        description="Seconds without news after which Twilio is asked about a message; after five"
        " times as many it is asked again",
    )
    require_a2p: bool = Field(
        default=False,
        description="Refuse texts to the US that may go out from local US numbers that are not"
        " registered with the carriers (A2P 10DLC), who would block them; on in production",
    )


class MessagingSettings(SenderSettings, GrpcSettings):
    """What the server needs to know besides: it opens accounts."""

    twilio_account_sid: str = Field(description="The platform's Twilio account (AC...)")
    twilio_auth_token: SecretStr = Field(description="The auth token of that account")
    a2p_primary_policy: str = Field(
        default="RN6433641899984f951173ef1738c3bdd0",
        description="Twilio's policy of the platform's own business profile",
    )
    a2p_secondary_policy: str = Field(
        default="RNdfbf3fae0e1107f8aded0e7cead80bf5",
        description="Twilio's policy of its customers' business profiles",
    )
    a2p_policy: str = Field(
        default="RNb0d4771c2c98518d916a3d4cd70a8f8b",
        description="Twilio's policy of A2P messaging profiles",
    )
    export_dir: Path = Field(
        default=Path("var/exports"),
        description="Folder for exports that are prepared as files; replicas share it",
    )
    export_max_rows: int = Field(
        default=100_000,
        ge=1,
        description="Rows up to which an export of the history is sent at once",
    )
    export_link_hours: int = Field(
        default=24, ge=1, le=720, description="Hours after which an export's link and file expire"
    )
    archive_dir: Path = Field(
        default=Path("var/archive"),
        description="Folder for messages that are archived; replicas share it",
    )
    archive_after_months: int = Field(
        default=18, ge=1, description="Months after which messages move to the archive"
    )
    balance_max_age_seconds: int = Field(
        default=60,
        ge=1,
        description="Seconds for which a balance that Twilio said is not asked for again",
    )
    rotation_grace_seconds: int = Field(
        default=900,
        ge=360,
        description="Seconds from a subaccount's secondary auth token to its promotion; longer"
        " than the webhooks service keeps tokens in mind",
    )
    key_max_age_days: int = Field(
        default=90, ge=1, description="Days after which a subaccount's API key is replaced"
    )
    a2p_brand_cents: int = Field(
        default=500,
        ge=0,
        description="Cents that each submission of a brand to the US carriers costs; 0 makes it"
        " free",
    )
    a2p_campaign_cents: int = Field(
        default=1500,
        ge=0,
        description="Cents that each submission of a campaign to the US carriers costs; 0 makes it"
        " free",
    )
    number_limit_unpaid: int = Field(
        default=2,
        ge=0,
        le=1000,
        description="Phone numbers that an organisation may have before it has paid in by Stripe,"
        " unless an operator has set its limit",
    )
    number_limit_paid: int = Field(
        default=10,
        ge=0,
        le=1000,
        description="Phone numbers that an organisation may have after that",
    )
    number_notice_days: int = Field(
        default=7,
        ge=1,
        le=27,
        description="Days before a month of a phone number that can't be paid in which the"
        " organisation is told",
    )
    number_grace_days: int = Field(
        default=7,
        ge=1,
        le=27,
        description="Days for which a phone number whose month is not paid is kept",
    )
    lookup_price_cents: int = Field(
        default=1, ge=0, description="Cents that the lookup of a number costs; 0 makes it free"
    )
