"""Build the gRPC methods for customers' endpoints from the settings."""

import asyncio

import grpc
import structlog

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rewrap import RewrapSecrets
from servicekit.service import open_kit
from servicekit.vault import Vault, envelope_of
from services.webhooks.delivery.rpc.deliveries import WebhookDeliveryRpc
from services.webhooks.delivery.rpc.endpoints import WebhookEndpointRpc
from services.webhooks.delivery.rpc.listeners import WebhookListenerRpc
from services.webhooks.delivery.storage import listeners
from services.webhooks.delivery.storage.endpoints import OLD_SECRET, SECRET
from services.webhooks.delivery.usecases.fetch_events import FetchEvents
from services.webhooks.delivery.usecases.manage_endpoints import ManageEndpoints
from services.webhooks.delivery.usecases.manage_listeners import ManageListeners
from services.webhooks.delivery.usecases.replay_deliveries import ReplayDeliveries
from services.webhooks.delivery.usecases.rotate_secret import RotateSecret
from services.webhooks.settings import WebhooksSettings
from smsblaster.webhooks.v1 import (
    deliveries_pb2_grpc,
    endpoints_pb2_grpc,
    listeners_pb2_grpc,
)

log = structlog.get_logger()

_SECRETS = (SECRET, OLD_SECRET, listeners.SECRET)


async def rewrap(settings: WebhooksSettings, _: asyncio.Event) -> None:
    """Encrypt the secrets of all customers with the newest key, and log how many were changed."""
    vault = Vault(envelope_of(settings))
    async with open_kit("webhooks", settings) as kit:
        counts = await RewrapSecrets(kit.database, vault, _SECRETS).rewrap()
    log.info("secrets_rewrapped", **counts)


def register_endpoints(
    server: grpc.aio.Server, settings: WebhooksSettings, database: Database, cursors: CursorCodec
) -> None:
    """Add the servicers for endpoints, listeners and deliveries to the gRPC server."""
    vault = Vault(envelope_of(settings))
    manage = ManageEndpoints(database, vault, allow_loopback=settings.endpoints_on_loopback)
    replay = ReplayDeliveries(database)
    endpoints_pb2_grpc.add_WebhookEndpointServiceServicer_to_server(
        WebhookEndpointRpc(database, cursors, manage, RotateSecret(database, vault), replay), server
    )
    listener = WebhookListenerRpc(
        database, ManageListeners(database, vault), FetchEvents(database, vault)
    )
    listeners_pb2_grpc.add_WebhookListenerServiceServicer_to_server(listener, server)
    deliveries_pb2_grpc.add_WebhookDeliveryServiceServicer_to_server(
        WebhookDeliveryRpc(database, cursors, replay), server
    )
