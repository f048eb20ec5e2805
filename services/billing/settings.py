"""Settings of the billing service."""

from pydantic import Field, SecretStr

from servicekit.settings import GrpcSettings, MailSettings


class BillingSettings(GrpcSettings, MailSettings):
    """Settings for the database, the bus, mail and Stripe, from environment variables."""

    currency: str = Field(
        default="usd", pattern="^[a-z]{3}$", description="ISO 4217 code of every balance"
    )
    public_app_url: str = Field(
        description="Base URL of the console, to which Stripe returns the payer"
    )
    stripe_secret_key: SecretStr = Field(description="Stripe's secret API key")
    stripe_base_url: str = Field(
        default="https://api.stripe.com", description="Base URL of Stripe's API"
    )
