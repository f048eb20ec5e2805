"""Choose real or simulated providers. A provider is real if the user gives its credentials."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.secrets import Secrets

_GIVEN_WITH = {
    "TWILIO_AUTH_TOKEN": ("TWILIO_ACCOUNT_SID", "TWILIO_BASE_URL"),
    "STRIPE_SECRET_KEY": ("STRIPE_WEBHOOK_SECRET", "STRIPE_BASE_URL"),
    "POSTMARK_SERVER_TOKEN": ("POSTMARK_FROM", "POSTMARK_BASE_URL", "POSTMARK_TEMPLATES"),
}


# Credentials that work only together.
_PAIRS = {
    "Twilio": ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
    "Stripe": ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"),
}


class CredentialsError(RuntimeError):
    """Only some of a provider's credentials are set."""


@dataclass(frozen=True, slots=True)
class Providers:
    """The providers' settings, and the credentials of the providers that are simulated."""

    settings: Mapping[str, str]
    simulated: frozenset[str]


def choose_providers(given: Mapping[str, str], secrets: Secrets, simulator_url: str) -> Providers:
    """Simulate each provider whose credential is not in `given` (the user's environment).

    Raises CredentialsError if only some of a provider's credentials are given, because the user
    would then think that a simulated provider is the real one.
    """
    _refuse_halves(given)
    simulated = frozenset(credential for credential in _GIVEN_WITH if not given.get(credential))
    settings: dict[str, str] = {}
    for credential, companions in _GIVEN_WITH.items():
        source = _simulated(secrets, simulator_url) if credential in simulated else given
        settings |= {key: source[key] for key in (credential, *companions) if source.get(key)}
    return Providers(settings, simulated)


def _refuse_halves(given: Mapping[str, str]) -> None:
    for provider, names in _PAIRS.items():
        missing = [name for name in names if not given.get(name)]
        if len(missing) not in (0, len(names)):
            raise CredentialsError(
                f"Only some of {provider}'s credentials are set: {', '.join(missing)} is missing. "
                f"Set it too, or remove the others to use the simulator."
            )


def simulator_settings(
    secrets: Secrets, port: int, state_folder: Path, webhooks_url: str
) -> dict[str, str]:
    """Return the simulator's settings: its credentials, and the address for Stripe's events."""
    return {
        "SIMULATOR_PORT": str(port),
        "SIMULATOR_STATE_DIR": str(state_folder),
        "TWILIO_ACCOUNT_SID": secrets.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": secrets.twilio_auth_token,
        "STRIPE_SECRET_KEY": secrets.stripe_secret_key,
        "STRIPE_WEBHOOK_SECRET": secrets.stripe_webhook_secret,
        "STRIPE_WEBHOOK_URL": f"{webhooks_url}/api/webhooks/stripe",
        "POSTMARK_SERVER_TOKEN": secrets.postmark_server_token,
    }


def _simulated(secrets: Secrets, simulator_url: str) -> dict[str, str]:
    return {
        "TWILIO_ACCOUNT_SID": secrets.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": secrets.twilio_auth_token,
        # The service replaces the braces by the name of the API's host.
        "TWILIO_BASE_URL": f"{simulator_url}/{{host}}",
        "STRIPE_SECRET_KEY": secrets.stripe_secret_key,
        "STRIPE_WEBHOOK_SECRET": secrets.stripe_webhook_secret,
        "STRIPE_BASE_URL": f"{simulator_url}/api.stripe.com",
        "POSTMARK_SERVER_TOKEN": secrets.postmark_server_token,
        "POSTMARK_BASE_URL": f"{simulator_url}/api.postmarkapp.com",
        "POSTMARK_FROM": "smsblaster@example.com",
    }
