"""Twilio's official SDK, with a configurable base URL."""

from dataclasses import dataclass, field

from twilio.rest import Client

from services.messaging.common.providers.twilio_http import TwilioHttp

_HOSTS = ("api", "messaging", "accounts", "lookups", "trusthub", "events")


@dataclass(frozen=True, slots=True)
class MasterAccount:
    """The platform's own account at Twilio.

    ``base_url`` contains ``{host}``, which is replaced by the name of Twilio's host.
    """

    base_url: str
    sid: str
    auth_token: str = field(repr=False)


def twilio_client(http: TwilioHttp, base_url: str, account_sid: str, auth_token: str) -> Client:
    """Return the SDK's client for an account.

    ``base_url`` contains ``{host}``, which is replaced by the name of Twilio's host.
    """
    client = Client(account_sid, auth_token, http_client=http)
    for name in _HOSTS:
        getattr(client, name).base_url = base_url.format(host=f"{name}.twilio.com")
    return client
