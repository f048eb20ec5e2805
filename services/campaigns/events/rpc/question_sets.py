"""``QuestionSetService``."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import id_of, page_of
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.events.rpc.event_messages import (
    AnyQuestionNotice,
    attendees_of,
    notification,
)
from services.campaigns.events.rpc.event_texts import source_of
from services.campaigns.events.storage import matches, question_sets
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.usecases.add_matches import add_matches
from services.campaigns.events.usecases.send_event_message import (
    EventMessageOrder,
    send_event_message,
)
from smsblaster.events.v1 import notifications_pb2, question_sets_pb2, question_sets_pb2_grpc


class QuestionSetRpc(question_sets_pb2_grpc.QuestionSetServiceServicer):
    """Serves what an event's attendees are asked, and who of them matches whom."""

    def __init__(self, database: Database, cursors: CursorCodec, dispatch: Dispatch) -> None:
        self._database = database
        self._cursors = cursors
        self._dispatch = dispatch

    async def CreateQuestionSet(
        self, request: question_sets_pb2.CreateQuestionSetRequest, context: Context
    ) -> question_sets_pb2.QuestionSet:
        """Store a question set as a draft."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        org_id, questions = event["org_id"], _tidy(request.questions)
        async with self._database.org(org_id) as connection:
            return _set(
                await question_sets.add(
                    connection, org_id, event["id"], request.title.strip(), questions
                )
            )

    async def ListQuestionSets(
        self, request: question_sets_pb2.ListQuestionSetsRequest, context: Context
    ) -> question_sets_pb2.ListQuestionSetsResponse:
        """A page of an event's question sets."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        org_id, limit = event["org_id"], request.limit or 50
        before = id_of(self._cursors, org_id, request.cursor)
        async with self._database.org(org_id) as connection:
            rows = await question_sets.page(connection, org_id, event["id"], limit + 1, before)
        rows, next_cursor = page_of(self._cursors, org_id, rows, limit)
        return question_sets_pb2.ListQuestionSetsResponse(
            items=[_set(row) for row in rows], next_cursor=next_cursor
        )

    async def GetQuestionSet(
        self, request: question_sets_pb2.GetQuestionSetRequest, context: Context
    ) -> question_sets_pb2.QuestionSet:
        """One question set."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        set_id = UUID(request.set_id)
        return _set(await question_sets.get(self._database, event["org_id"], event["id"], set_id))

    async def UpdateQuestionSet(
        self, request: question_sets_pb2.UpdateQuestionSetRequest, context: Context
    ) -> question_sets_pb2.QuestionSet:
        """Change the fields that are given."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        org_id, event_id, set_id = event["org_id"], event["id"], UUID(request.set_id)
        changes = _changes(request)
        if not changes:
            return _set(await question_sets.get(self._database, org_id, event_id, set_id))
        async with self._database.org(org_id) as connection:
            row = await question_sets.change(connection, org_id, event_id, set_id, changes)
        if row is None:
            raise await question_sets.not_found(self._database, org_id, set_id)
        return _set(row)

    async def DeleteQuestionSet(
        self, request: question_sets_pb2.DeleteQuestionSetRequest, context: Context
    ) -> question_sets_pb2.DeleteQuestionSetResponse:
        """Soft-delete a question set."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        org_id, set_id = event["org_id"], UUID(request.set_id)
        async with self._database.org(org_id) as connection:
            deleted = await question_sets.delete(connection, org_id, event["id"], set_id)
        if not deleted:
            raise await question_sets.not_found(self._database, org_id, set_id)
        return question_sets_pb2.DeleteQuestionSetResponse()

    async def PublishQuestionSet(
        self, request: question_sets_pb2.PublishQuestionSetRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Publish a question set, and notify attendees of it."""
        return await self._notify(request, publish=True)

    async def NotifyQuestionSet(
        self, request: question_sets_pb2.NotifyQuestionSetRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Notify attendees of a published question set."""
        return await self._notify(request, publish=False)

    async def AddMatches(
        self, request: question_sets_pb2.AddMatchesRequest, context: Context
    ) -> question_sets_pb2.AddMatchesResponse:
        """Note who matches whom."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        pairs = [(UUID(p.attendee_id), UUID(p.matched_attendee_id)) for p in request.pairs]
        created = await add_matches(self._database, event, pairs)
        return question_sets_pb2.AddMatchesResponse(created=created)

    async def ListMatches(
        self, request: question_sets_pb2.ListMatchesRequest, context: Context
    ) -> question_sets_pb2.ListMatchesResponse:
        """A page of an event's matches."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        org_id, limit = event["org_id"], request.limit or 50
        before = id_of(self._cursors, org_id, request.cursor)
        async with self._database.org(org_id) as connection:
            rows = await matches.page(connection, org_id, event["id"], limit + 1, before)
        rows, next_cursor = page_of(self._cursors, org_id, rows, limit)
        return question_sets_pb2.ListMatchesResponse(
            items=[fill(question_sets_pb2.Match(), row) for row in rows], next_cursor=next_cursor
        )

    async def DeleteMatch(
        self, request: question_sets_pb2.DeleteMatchRequest, context: Context
    ) -> question_sets_pb2.DeleteMatchResponse:
        """Take a match back."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        org_id, match_id = event["org_id"], UUID(request.match_id)
        async with self._database.org(org_id) as connection:
            deleted = await matches.delete(connection, org_id, event["id"], match_id)
        if not deleted:
            raise await matches.not_found(self._database, org_id, match_id)
        return question_sets_pb2.DeleteMatchResponse()

    async def _notify(
        self, request: AnyQuestionNotice, publish: bool
    ) -> notifications_pb2.EventNotification:
        event = await load_event(self._database, UUID(request.event_id), "curate")
        found = await question_sets.get(
            self._database, event["org_id"], event["id"], UUID(request.set_id)
        )
        notice = EventMessageOrder(
            attendees_of(request, "question_set"), source_of(request), found["id"], publish
        )
        row = await send_event_message(self._database, self._dispatch, notice)
        return await notification(self._dispatch, row)


def _set(row: RowMapping) -> question_sets_pb2.QuestionSet:
    return fill(question_sets_pb2.QuestionSet(), row)


def _changes(request: question_sets_pb2.UpdateQuestionSetRequest) -> dict[str, Any]:
    """The columns to set."""
    changes: dict[str, Any] = {}
    if request.HasField("title"):
        changes["title"] = request.title.strip()
    if request.questions:
        changes["questions"] = _tidy(request.questions)
    return changes


def _tidy(questions: Iterable[str]) -> list[str]:
    return [question.strip() for question in questions]
