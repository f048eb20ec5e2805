"""``ContactMergeService``: merge two contacts of one person."""

from typing import cast
from uuid import UUID

from servicekit import identity
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.server import Context
from services.contacts.domain.merges import MergeField
from services.contacts.usecases.merge_contacts import Merge, MergeContacts
from smsblaster.contacts.v1 import contacts_pb2, merges_pb2, merges_pb2_grpc

_FIELDS = merges_pb2.MergeField.DESCRIPTOR


class ContactMergeRpc(merges_pb2_grpc.ContactMergeServiceServicer):
    """Serves the merge of contacts."""

    def __init__(self, merge: MergeContacts) -> None:
        self._merge = merge

    async def MergeContacts(
        self, request: merges_pb2.MergeContactsRequest, context: Context
    ) -> contacts_pb2.Contact:
        """Merge a contact into another one."""
        take = frozenset(cast(MergeField, enum_name(_FIELDS, field)) for field in request.take)
        merge = Merge(
            identity.current().require_org(),
            UUID(request.id),
            UUID(request.merged_id),
            take,
            request.if_version if request.HasField("if_version") else None,
        )
        return fill(contacts_pb2.Contact(), await self._merge.merge(merge))
