"""Build the contacts service from its settings. Only this module connects its parts."""

import asyncio
from collections.abc import Sequence
from datetime import time, timedelta
from functools import partial
from typing import Any

import grpc

from servicekit.bus.streams import CONTACTS_WEBHOOKS
from servicekit.cursors import CursorCodec
from servicekit.customer_events import WebhookSubscriptions
from servicekit.db.database import Database
from servicekit.db.org_export import ExportOrgRows
from servicekit.db.org_rows import DeleteOrgRows
from servicekit.failing_items import JobName
from servicekit.jobs import Job
from servicekit.rpc.stored_data import serve_organisations, serve_people
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.jobs.delete_old_imports import delete_old_imports
from services.contacts.jobs.job_worker import JobWorker
from services.contacts.rpc.bulk_changes import BulkChangeRpc
from services.contacts.rpc.contacts import ContactRpc
from services.contacts.rpc.import_jobs import ImportJobRpc
from services.contacts.rpc.lists import ContactListRpc
from services.contacts.rpc.merges import ContactMergeRpc
from services.contacts.rpc.names import ContactNameRpc
from services.contacts.rpc.opt_history import OptHistoryRpc
from services.contacts.rpc.people import PersonRpc
from services.contacts.rpc.recipients import RecipientRpc
from services.contacts.rpc.transfer import TransferRpc
from services.contacts.settings import ContactsSettings
from services.contacts.storage import bulk_changes, import_jobs
from services.contacts.storage.org_tables import EXPORTED, TABLES
from services.contacts.storage.overdue import MAKE_DUE
from services.contacts.usecases.cancel_import import CancelImport
from services.contacts.usecases.change_members import ChangeMembers
from services.contacts.usecases.change_opt_status import ChangeOptStatus
from services.contacts.usecases.edit_contacts import EditContacts
from services.contacts.usecases.edit_lists import EditLists
from services.contacts.usecases.ensure_contacts import EnsureContacts
from services.contacts.usecases.erase_person import ErasePerson
from services.contacts.usecases.export_contacts import ExportContacts
from services.contacts.usecases.find_contacts import FindContacts
from services.contacts.usecases.find_recipients import FindRecipients
from services.contacts.usecases.import_contacts import ImportContacts
from services.contacts.usecases.merge_contacts import MergeContacts
from services.contacts.usecases.read_import_errors import ReadImportErrors
from services.contacts.usecases.receive_import import ReceiveImport
from services.contacts.usecases.renew_search_words import RenewSearchWords
from services.contacts.usecases.run_bulk_change import RunBulkChange
from services.contacts.usecases.run_import_job import RunImportJob
from services.contacts.usecases.run_next_job import JobKind, RunNextJob
from services.contacts.usecases.start_bulk_change import StartBulkChange
from services.contacts.usecases.suppress_person import SuppressPerson
from services.contacts.usecases.tag_contacts import TagContacts
from services.contacts.usecases.unify_numbers import UnifyNumbers
from smsblaster.contacts.v1 import (
    bulk_changes_pb2_grpc,
    contacts_pb2_grpc,
    import_jobs_pb2_grpc,
    lists_pb2_grpc,
    merges_pb2_grpc,
    names_pb2_grpc,
    opt_history_pb2_grpc,
    people_pb2_grpc,
    recipients_pb2_grpc,
    transfer_pb2_grpc,
)


async def serve(settings: ContactsSettings, stop: asyncio.Event) -> None:
    """Serve the contacts service until ``stop`` is set."""
    async with open_kit("contacts", settings) as kit:
        imports, changes = _imports(kit.database, settings), _bulk_changes(kit.database, settings)
        parts = Parts(
            register=partial(_register, kit, settings),
            consumers=[(CONTACTS_WEBHOOKS, WebhookSubscriptions(kit.database).handle)],
            jobs=_jobs(kit.database),
            loops=[
                ("imports", _worker(kit.database, imports, import_jobs.WORK).run),
                ("bulk-changes", _worker(kit.database, changes, bulk_changes.WORK).run),
            ],
            make_due=MAKE_DUE,
        )
        await serve_parts(kit, parts, stop, settings.grpc_listen)


def _worker(database: Database, jobs: RunNextJob[Any], work: str) -> JobWorker:
    return JobWorker(jobs.run_next, database.wakeups, work)


async def run_job(settings: ContactsSettings, name: str) -> bool:
    """Run the job ``name`` once. Raises ``LookupError`` if there is no such job."""
    async with open_kit("contacts", settings) as kit:
        return await run_one_job(kit.database, _jobs(kit.database), name)


def _jobs(database: Database) -> Sequence[Job]:
    return [
        Job("forget-imports", partial(delete_old_imports, database), at=time(3, 30)),
        Job("renew-search-words", RenewSearchWords(database).renew_all, every=timedelta(hours=1)),
        Job("unify-numbers", UnifyNumbers(database).unify_all, every=timedelta(minutes=1)),
    ]


def _imports(database: Database, settings: ContactsSettings) -> RunNextJob[import_jobs.Lease]:
    lease_seconds = settings.import_lease_seconds
    kind = JobKind(
        JobName("contacts", "imports"),
        import_jobs,
        RunImportJob(database, _limits(settings), lease_seconds).run,
        given_up="The import failed because of an error on our side. The contacts counted so far"
        " were imported. Import the file again to import the rest.",
    )
    return RunNextJob(database, kind, lease_seconds)


def _bulk_changes(database: Database, settings: ContactsSettings) -> RunNextJob[bulk_changes.Lease]:
    lease_seconds = settings.import_lease_seconds
    kind = JobKind(
        JobName("contacts", "bulk-changes"),
        bulk_changes,
        RunBulkChange(database, lease_seconds).run,
        given_up="The bulk change failed because of an error on our side. The contacts counted so"
        " far were changed. Start it again to change the others.",
    )
    return RunNextJob(database, kind, lease_seconds)


def _limits(settings: ContactsSettings) -> CsvLimits:
    return CsvLimits(
        settings.import_max_bytes, settings.import_max_rows, settings.import_max_columns
    )


def _register(kit: Kit, settings: ContactsSettings, server: grpc.aio.Server) -> None:
    cursors = CursorCodec(settings.token_key())
    _register_transfers(kit, settings, server)
    _register_removals(kit.database, server)
    change_opt_status = ChangeOptStatus(kit.database)
    contacts_pb2_grpc.add_ContactServiceServicer_to_server(
        ContactRpc(
            kit.database,
            cursors,
            FindContacts(kit.database),
            EditContacts(kit.database),
            TagContacts(kit.database),
            change_opt_status,
        ),
        server,
    )
    lists_pb2_grpc.add_ContactListServiceServicer_to_server(
        ContactListRpc(cursors, EditLists(kit.database), ChangeMembers(kit.database)),
        server,
    )
    bulk_changes_pb2_grpc.add_BulkChangeServiceServicer_to_server(
        BulkChangeRpc(kit.database, cursors, StartBulkChange(kit.database)), server
    )
    merges_pb2_grpc.add_ContactMergeServiceServicer_to_server(
        ContactMergeRpc(MergeContacts(kit.database)), server
    )
    opt_history_pb2_grpc.add_OptHistoryServiceServicer_to_server(
        OptHistoryRpc(kit.database, cursors), server
    )
    names_pb2_grpc.add_ContactNameServiceServicer_to_server(ContactNameRpc(kit.database), server)
    recipients_pb2_grpc.add_RecipientServiceServicer_to_server(
        RecipientRpc(
            kit.database,
            FindRecipients(kit.database),
            EnsureContacts(kit.database),
            change_opt_status,
        ),
        server,
    )


def _register_transfers(kit: Kit, settings: ContactsSettings, server: grpc.aio.Server) -> None:
    limits = _limits(settings)
    # Exports use at most half of the process's connections.
    export_contacts = ExportContacts(kit.database, slots=max(1, settings.pool_size // 2))
    transfer_pb2_grpc.add_TransferServiceServicer_to_server(
        TransferRpc(ImportContacts(kit.database, limits), export_contacts), server
    )
    import_jobs_pb2_grpc.add_ImportJobServiceServicer_to_server(
        ImportJobRpc(
            kit.database,
            CursorCodec(settings.token_key()),
            ReceiveImport(kit.database, limits),
            CancelImport(kit.database),
            ReadImportErrors(kit.database),
        ),
        server,
    )


def _register_removals(database: Database, server: grpc.aio.Server) -> None:
    serve_people(server, ErasePerson(database))
    deletes, exports = DeleteOrgRows(database, TABLES), ExportOrgRows(database, EXPORTED)
    serve_organisations(server, deletes, exports)
    people_pb2_grpc.add_PersonServiceServicer_to_server(PersonRpc(SuppressPerson(database)), server)
