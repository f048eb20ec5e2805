"""The settings of the webhooks service."""

from pydantic import Field, SecretStr, field_validator

from servicekit.settings import GrpcSettings, KeyringSettings, ServiceSettings
from servicekit.web.server import EdgeSettings


class CustomerEndpointSettings(KeyringSettings):
    """Further settings of the processes that handle customers' endpoints."""

    endpoints_on_loopback: bool = Field(
        default=False,
        description="Customers' webhook endpoints may be http addresses of this computer. For"
        " development only",
    )


class DeliverySettings(ServiceSettings, CustomerEndpointSettings):
    """Settings of the process that delivers events to customers' endpoints."""


class WebhooksSettings(EdgeSettings, GrpcSettings, CustomerEndpointSettings):
    """Settings of the webhooks service, from the environment."""

    messaging_addr: str = Field(description="host:port of messaging's gRPC server")
    public_webhooks_url: str = Field(
        pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?$",
        description="The exact public base URL that Twilio calls, as given to Twilio",
    )
    stripe_webhook_secret: SecretStr = Field(
        description="Signing secret of Stripe's endpoint. While it is being replaced: both"
        " secrets, separated by a comma"
    )
    stripe_livemode: bool = Field(
        default=False,
        description="Whether Stripe sends live events (real money). Events of the other mode"
        " are refused",
    )
    resend_after_seconds: float = Field(
        default=20,
        gt=0,
        description="Seconds after which an unhandled webhook is published again",
    )
    retention_days: int = Field(default=90, ge=1, description="Days that webhooks are kept")

    @field_validator("stripe_webhook_secret")
    @classmethod
    def _not_empty(cls, value: SecretStr) -> SecretStr:
        if not _secrets(value):
            raise ValueError("is empty")
        return value

    def stripe_secrets(self) -> tuple[bytes, ...]:
        """Return the secrets with which Stripe may sign its webhooks."""
        return _secrets(self.stripe_webhook_secret)


def _secrets(value: SecretStr) -> tuple[bytes, ...]:
    given = value.get_secret_value().split(",")
    return tuple(secret.strip().encode() for secret in given if secret.strip())
