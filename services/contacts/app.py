"""Contacts put together: the only place where settings become objects and objects meet."""

import asyncio
from functools import partial

import grpc

from servicekit.cursors import CursorCodec
from servicekit.service import Kit, Parts, open_kit, run_one_job
from servicekit.service import serve as serve_parts
from services.contacts.domain.csv_rows import CsvLimits
from services.contacts.rpc.contacts import ContactRpc
from services.contacts.rpc.lists import ContactListRpc
from services.contacts.rpc.recipients import RecipientRpc
from services.contacts.rpc.transfer import TransferRpc
from services.contacts.settings import ContactsSettings
from services.contacts.usecases.change_members import ChangeMembers
from services.contacts.usecases.find_contacts import FindContacts
from services.contacts.usecases.find_recipients import FindRecipients
from services.contacts.usecases.import_contacts import ImportContacts
from smsblaster.contacts.v1 import (
    contacts_pb2_grpc,
    lists_pb2_grpc,
    recipients_pb2_grpc,
    transfer_pb2_grpc,
)


async def serve(settings: ContactsSettings, stop: asyncio.Event) -> None:
    """Serve until ``stop`` is set."""
    async with open_kit("contacts", settings) as kit:
        parts = Parts(register=partial(_register, kit, settings))
        await serve_parts(kit, parts, stop, settings.grpc_listen)


async def run_job(settings: ContactsSettings, name: str) -> bool:
    """Run one job by hand. There are none yet: raises ``LookupError``."""
    async with open_kit("contacts", settings) as kit:
        return await run_one_job(kit.database, (), name)


def _register(kit: Kit, settings: ContactsSettings, server: grpc.aio.Server) -> None:
    find_contacts = FindContacts(kit.database, export_slots=max(1, settings.pool_size // 2))
    limits = CsvLimits(
        settings.import_max_bytes, settings.import_max_rows, settings.import_max_columns
    )
    contacts_pb2_grpc.add_ContactServiceServicer_to_server(
        ContactRpc(kit.database, find_contacts), server
    )
    lists_pb2_grpc.add_ContactListServiceServicer_to_server(
        ContactListRpc(
            kit.database, CursorCodec(settings.token_key()), ChangeMembers(kit.database)
        ),
        server,
    )
    transfer_pb2_grpc.add_TransferServiceServicer_to_server(
        TransferRpc(ImportContacts(kit.database, limits), find_contacts), server
    )
    recipients_pb2_grpc.add_RecipientServiceServicer_to_server(
        RecipientRpc(kit.database, FindRecipients(kit.database)), server
    )
