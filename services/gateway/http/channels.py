"""Channels to the services whose methods the gateway serves."""

from collections.abc import Mapping

import grpc

from servicekit.rpc.client import open_channel
from servicekit.rpc.tls import tls_of
from services.gateway.http.contract import public_methods
from services.gateway.settings import GatewaySettings


def open_channels(settings: GatewaySettings) -> Mapping[str, grpc.aio.Channel]:
    """Return a channel to the service of each domain, opened on the running event loop."""
    addresses = {
        "billing": settings.billing_addr,
        "contacts": settings.contacts_addr,
        "messaging": settings.messaging_addr,
        "campaigns": settings.campaigns_addr,
        "events": settings.campaigns_addr,
        "webhooks": settings.webhooks_addr,
    }
    tls = tls_of(settings)
    return {
        domain: open_channel(address, _services_of(domain), tls=tls)
        for domain, address in addresses.items()
    }


def _services_of(domain: str) -> list[str]:
    methods = [method for method in public_methods() if method.domain == domain]
    return sorted({method.descriptor.containing_service.full_name for method in methods})
