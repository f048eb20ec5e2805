"""``DeadLetterService``: operators read, replay and discard dead letters."""

from uuid import UUID

from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.webhooks.rpc.payloads import content_of
from services.webhooks.storage import dead_letter_groups, dead_letters
from services.webhooks.storage.dead_letter_groups import Group
from services.webhooks.storage.dead_letters import StoredDeadLetter
from services.webhooks.usecases.manage_dead_letters import ManageDeadLetters
from services.webhooks.usecases.replay_dead_letter_group import ReplayDeadLetterGroup
from smsblaster.webhooks.v1 import dead_letters_pb2, dead_letters_pb2_grpc

_REPLAYED_AT_ONCE = 100
_STATUS = dead_letters_pb2.DeadLetterStatus.DESCRIPTOR


class DeadLetterRpc(dead_letters_pb2_grpc.DeadLetterServiceServicer):
    """Implements ``webhooks/v1/dead_letters.proto``."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        manage: ManageDeadLetters,
        replay_group: ReplayDeadLetterGroup,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._manage = manage
        self._replay_group = replay_group

    async def ListDeadLetters(
        self, request: dead_letters_pb2.ListDeadLettersRequest, context: Context
    ) -> dead_letters_pb2.ListDeadLettersResponse:
        """List dead letters, newest first, with filters."""
        org_id = current().require_org()
        status = enum_name(_STATUS, request.status) if request.status else None
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.system() as connection:
            rows = await dead_letters.page(
                connection, request.consumer or None, status, page.rows_to_read, page.last_id
            )
        rows, next_cursor = page.split(rows)
        return dead_letters_pb2.ListDeadLettersResponse(
            items=[_message(row) for row in rows], next_cursor=next_cursor
        )

    async def GetDeadLetter(
        self, request: dead_letters_pb2.GetDeadLetterRequest, context: Context
    ) -> dead_letters_pb2.DeadLetterDetail:
        """Return a dead letter with its content. The access is written to the audit log."""
        stored = await self._manage.read(current(), UUID(request.id))
        content = content_of(stored.subject, stored.payload)
        return dead_letters_pb2.DeadLetterDetail(
            letter=_message(stored),
            content=None if content is None else ParseDict(dict(content), Struct()),
            payload=stored.payload,
        )

    async def ReplayDeadLetter(
        self, request: dead_letters_pb2.ReplayDeadLetterRequest, context: Context
    ) -> dead_letters_pb2.DeadLetter:
        """Publish the message of a dead letter again."""
        return _message(await self._manage.replay(current(), UUID(request.id), request.reason))

    async def ListDeadLetterGroups(
        self, request: dead_letters_pb2.ListDeadLetterGroupsRequest, context: Context
    ) -> dead_letters_pb2.ListDeadLetterGroupsResponse:
        """List waiting dead letters in groups of one consumer and one error."""
        async with self._database.system() as connection:
            found = await dead_letter_groups.counted(connection, request.consumer or None)
        return dead_letters_pb2.ListDeadLetterGroupsResponse(
            items=[fill(dead_letters_pb2.DeadLetterGroup(), group) for group in found]
        )

    async def ReplayDeadLetterGroup(
        self, request: dead_letters_pb2.ReplayDeadLetterGroupRequest, context: Context
    ) -> dead_letters_pb2.ReplayDeadLetterGroupResponse:
        """Replay the waiting dead letters of a group."""
        group = Group(request.consumer, request.error)
        limit = request.limit or _REPLAYED_AT_ONCE
        made = await self._replay_group.replay(current(), group, request.reason, limit)
        return dead_letters_pb2.ReplayDeadLetterGroupResponse(
            items=[fill(dead_letters_pb2.ReplayedDeadLetter(), item) for item in made.items],
            replayed=sum(item.outcome == "replayed" for item in made.items),
            remaining=made.remaining,
        )

    async def DiscardDeadLetter(
        self, request: dead_letters_pb2.DiscardDeadLetterRequest, context: Context
    ) -> dead_letters_pb2.DeadLetter:
        """Discard a dead letter, which is then never replayed."""
        return _message(await self._manage.discard(current(), UUID(request.id), request.reason))


def _message(stored: StoredDeadLetter) -> dead_letters_pb2.DeadLetter:
    return fill(dead_letters_pb2.DeadLetter(), stored)
