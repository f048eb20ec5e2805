"""The client: one object whose attributes give access to the parts of the API."""

import re
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpx

from smsblaster.errors import ApiError
from smsblaster.generated.client import AuthenticatedClient
from smsblaster.generated.facts import API_VERSION
from smsblaster.http import RepeatingClient
from smsblaster.resources.billing import Billing
from smsblaster.resources.campaigns import Campaigns
from smsblaster.resources.contacts import Contacts
from smsblaster.resources.events import Events
from smsblaster.resources.history import History
from smsblaster.resources.inbox import Inbox
from smsblaster.resources.lists import Lists
from smsblaster.resources.messages import Messages
from smsblaster.resources.templates import Templates
from smsblaster.resources.webhook_endpoints import WebhookEndpoints
from smsblaster.resources.webhook_listeners import WebhookListeners


class Client:
    """The API of one installation, for one API key.

    Every method raises ``ApiError`` if a request fails. Requests are repeated when that is safe.
    Nothing is sent twice.

    Attributes:
        api: The generated client, for routes that have no method here:
            ``smsblaster.generated.api.operations.get_organisation.sync(client=client.api)``.
    """

    def __init__(
        self,
        api_key: str,
        base_url: str,
        *,
        timeout: float = 60.0,
        max_retries: int = 4,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Make a client. It connects when the first request is made.

        Args:
            api_key: The key (``sk_...``), from Settings, API keys in the console.
            base_url: The address of the gateway, such as ``https://sms.example.org``.
            timeout: For how many seconds to wait for a connection and for each response.
            max_retries: How many times a request is repeated.
            transport: Sends requests in place of httpx, for your own tests.

        Raises:
            ApiError: The key or the address has a wrong form (``invalid_request``).
        """
        _verify(api_key, base_url)
        http = RepeatingClient(
            max_retries,
            base_url=base_url,
            headers=_headers(api_key),
            timeout=timeout,
            transport=transport,
        )
        self.api = AuthenticatedClient(base_url=base_url, token=api_key).set_httpx_client(http)
        self.messages = Messages(self.api)
        self.contacts = Contacts(self.api)
        self.lists = Lists(self.api)
        self.templates = Templates(self.api)
        self.campaigns = Campaigns(self.api)
        self.events = Events(self.api)
        self.inbox = Inbox(self.api)
        self.billing = Billing(self.api)
        self.history = History(self.api)
        self.webhook_endpoints = WebhookEndpoints(self.api)
        self.webhook_listeners = WebhookListeners(self.api)

    def close(self) -> None:
        """Close the connections."""
        self.api.get_httpx_client().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _verify(api_key: str, base_url: str) -> None:
    """Check that the API key and the address can be used in requests.

    Raises:
        ApiError: The key or the address has a wrong form.
    """
    if not re.fullmatch(r"[\x21-\x7e]+", api_key):
        raise ApiError("invalid_request", "The API key is empty or damaged. Copy it again.")
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise ApiError("invalid_request", f"{base_url!r} is not an address: {error}.") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise ApiError(
            "invalid_request", f"{base_url!r} is not an address such as https://sms.example.org."
        )


def _headers(api_key: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {api_key}",
        "SMSBlaster-Version": API_VERSION,
        "User-Agent": f"smsblaster-python/{version('smsblaster')}",
    }
