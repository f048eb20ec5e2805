"""Build the templates package."""

import grpc

from servicekit.cursors import CursorCodec
from servicekit.service import Kit
from services.campaigns.campaigns.storage.template_uses import names_with_template, uses_of
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
    database = kit.database
    use_cases = TemplateUseCases(
        create=CreateTemplate(database),
        edit=EditTemplate(database, names_with_template),
        delete=DeleteTemplate(database, names_with_template),
    )
    templates_pb2_grpc.add_TemplateServiceServicer_to_server(
        TemplateRpc(database, cursors, clients.text_sizes, uses_of, use_cases), server
    )
