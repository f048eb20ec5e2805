"""Build the templates package."""

import grpc

from servicekit.cursors import CursorCodec
from servicekit.service import Kit
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.parts.clients import Clients
from services.campaigns.templates.rpc.templates import TemplateRpc
from smsblaster.campaigns.v1 import templates_pb2_grpc


def register_templates(
    kit: Kit, clients: Clients, cursors: CursorCodec, server: grpc.aio.Server
) -> None:
    """Add the servicer of templates to `server`."""
    templates_pb2_grpc.add_TemplateServiceServicer_to_server(
        TemplateRpc(kit.database, cursors, clients.text_sizes, campaigns.any_with), server
    )
