"""Wire up the end of data: the erasure of people and the deletion of organisations."""

import grpc

from servicekit.db.org_export import ExportOrgRows
from servicekit.rpc.stored_data import serve_organisations, serve_people
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.common.storage.org_tables import EXPORTED
from services.messaging.history.usecases.delete_exports import DeleteExports
from services.messaging.history.usecases.delete_organisation import DeleteOrganisation
from services.messaging.history.usecases.erase_person import ErasePerson
from services.messaging.parts.pipeline import Pipeline
from services.messaging.settings import MessagingSettings


def register_removals(
    pipeline: Pipeline, twilio: TwilioAccounts, settings: MessagingSettings, server: grpc.aio.Server
) -> None:
    """Add the gRPC services that remove data to the server."""
    database, exports, archive = pipeline.kit.database, settings.export_dir, settings.archive_dir
    delete_exports = DeleteExports(database, exports).delete_finished
    serve_people(server, ErasePerson(database, archive, delete_exports))
    folders = [exports, exports / "media", archive]
    export = ExportOrgRows(database, EXPORTED)
    serve_organisations(server, DeleteOrganisation(database, twilio, folders), export)
