"""Build the templates package."""

import grpc

from servicekit.cursors import CursorCodec
from servicekit.service import Kit
from services.campaigns.campaigns.storage import campaigns
from services.campaigns.campaigns.storage.template_uses import uses_of
from services.campaigns.parts.clients import Clients
from services.campaigns.templates.rpc.templates import TemplateRpc, TemplateUseCases
from services.campaigns.templates.usecases.create_template import CreateTemplate
from services.campaigns.templates.usecases.delete_template import DeleteTemplate
from services.campaigns.templates.usecases.edit_template import EditTemplate
from smsblaster.campaigns.v1 import templates_pb2_grpc


def register_templates(
    kit: Kit, clients: Clients, cursors: CursorCodec, server: grpc.aio.Server
) -> None:
    """Add the servicer of templates to `server`."""
    database, any_campaign = kit.database, campaigns.any_with_template
    use_cases = TemplateUseCases(
        create=CreateTemplate(database),
        edit=EditTemplate(database, any_campaign),
        delete=DeleteTemplate(database, campaigns.names_with_template),
    )
    templates_pb2_grpc.add_TemplateServiceServicer_to_server(
        TemplateRpc(database, cursors, clients.text_sizes, uses_of, use_cases), server
    )
