"""Twilio's official SDK, pointed at the configured hosts."""

from twilio.rest import Client

from services.messaging.providers.twilio_http import TwilioHttp

_HOSTS = ("api", "messaging", "accounts", "lookups", "trusthub", "events")


def signed_in(http: TwilioHttp, base_url: str, account_sid: str, auth_token: str) -> Client:
    """A client of the account over ``http``.

    ``base_url`` holds ``{host}`` where the name of Twilio's host goes.
    """
    client = Client(account_sid, auth_token, http_client=http)
    for name in _HOSTS:
        getattr(client, name).base_url = base_url.format(host=f"{name}.twilio.com")
    return client
