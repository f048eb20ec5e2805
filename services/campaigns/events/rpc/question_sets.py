"""Serve ``QuestionSetService``: questions for attendees, and matches of attendees."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.events.rpc.event_messages import (
    AnyQuestionSetOrder,
    attendees_of,
    with_counts,
)
from services.campaigns.events.rpc.event_texts import source_of
from services.campaigns.events.storage import matches, question_sets
from services.campaigns.events.storage.question_sets import QuestionSet
from services.campaigns.events.support.compose_event_message import EventMessageOrder
from services.campaigns.events.support.load_event import load_event
from services.campaigns.events.support.load_question_set import load_question_set
from services.campaigns.events.usecases.add_matches import AddMatches
from services.campaigns.events.usecases.create_question_set import CreateQuestionSet
from services.campaigns.events.usecases.delete_match import DeleteMatch
from services.campaigns.events.usecases.delete_question_set import DeleteQuestionSet
from services.campaigns.events.usecases.edit_question_set import EditQuestionSet
from services.campaigns.events.usecases.send_event_message import SendEventMessage
from smsblaster.events.v1 import notifications_pb2, question_sets_pb2, question_sets_pb2_grpc


@dataclass(frozen=True, slots=True)
class QuestionSetUseCases:
    """The use cases that ``QuestionSetRpc`` calls."""

    create: CreateQuestionSet
    edit: EditQuestionSet
    delete: DeleteQuestionSet
    send: SendEventMessage
    add_matches: AddMatches
    delete_match: DeleteMatch


class QuestionSetRpc(question_sets_pb2_grpc.QuestionSetServiceServicer):
    """Serves the question sets of events, and the matches: pairs of attendees who should meet."""

    def __init__(
        self,
        database: Database,
        cursors: CursorCodec,
        dispatch: Dispatch,
        use_cases: QuestionSetUseCases,
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._dispatch = dispatch
        self._use_cases = use_cases

    async def CreateQuestionSet(
        self, request: question_sets_pb2.CreateQuestionSetRequest, context: Context
    ) -> question_sets_pb2.QuestionSet:
        """Create a question set as a draft."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        title, questions = request.title.strip(), _tidy(request.questions)
        return _set(await self._use_cases.create.create(event, title, questions))

    async def ListQuestionSets(
        self, request: question_sets_pb2.ListQuestionSetsRequest, context: Context
    ) -> question_sets_pb2.ListQuestionSetsResponse:
        """Return a page of an event's question sets."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        page = PageRequest(self._cursors, event.org_id, request)
        async with self._database.org(event.org_id) as connection:
            rows = await question_sets.page(
                connection, event.org_id, event.id, page.rows_to_read, page.last_id
            )
        rows, next_cursor = page.split(rows)
        return question_sets_pb2.ListQuestionSetsResponse(
            items=[_set(row) for row in rows], next_cursor=next_cursor
        )

    async def GetQuestionSet(
        self, request: question_sets_pb2.GetQuestionSetRequest, context: Context
    ) -> question_sets_pb2.QuestionSet:
        """Return one question set."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        set_id = UUID(request.set_id)
        return _set(await load_question_set(self._database, event.org_id, event.id, set_id))

    async def UpdateQuestionSet(
        self, request: question_sets_pb2.UpdateQuestionSetRequest, context: Context
    ) -> question_sets_pb2.QuestionSet:
        """Change those fields of a question set that are in the request."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        set_id, changes = UUID(request.set_id), _changes(request)
        if_version = request.if_version if request.HasField("if_version") else None
        return _set(await self._use_cases.edit.edit(event, set_id, changes, if_version))

    async def DeleteQuestionSet(
        self, request: question_sets_pb2.DeleteQuestionSetRequest, context: Context
    ) -> question_sets_pb2.DeleteQuestionSetResponse:
        """Soft-delete a question set."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        await self._use_cases.delete.delete(event, UUID(request.set_id))
        return question_sets_pb2.DeleteQuestionSetResponse()

    async def PublishQuestionSet(
        self, request: question_sets_pb2.PublishQuestionSetRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Publish a question set and send attendees a message about it."""
        return await self._notify(request, publish=True)

    async def NotifyQuestionSet(
        self, request: question_sets_pb2.NotifyQuestionSetRequest, context: Context
    ) -> notifications_pb2.EventNotification:
        """Send attendees a message about a published question set."""
        return await self._notify(request, publish=False)

    async def AddMatches(
        self, request: question_sets_pb2.AddMatchesRequest, context: Context
    ) -> question_sets_pb2.AddMatchesResponse:
        """Store matches: pairs of attendees who should meet."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        pairs = [(UUID(p.attendee_id), UUID(p.matched_attendee_id)) for p in request.pairs]
        created = await self._use_cases.add_matches.add(event, pairs)
        return question_sets_pb2.AddMatchesResponse(created=created)

    async def ListMatches(
        self, request: question_sets_pb2.ListMatchesRequest, context: Context
    ) -> question_sets_pb2.ListMatchesResponse:
        """Return a page of an event's matches."""
        event = await load_event(self._database, UUID(request.event_id), "view")
        page = PageRequest(self._cursors, event.org_id, request)
        async with self._database.org(event.org_id) as connection:
            rows = await matches.page(
                connection, event.org_id, event.id, page.rows_to_read, page.last_id
            )
        rows, next_cursor = page.split(rows)
        return question_sets_pb2.ListMatchesResponse(
            items=[fill(question_sets_pb2.Match(), row) for row in rows], next_cursor=next_cursor
        )

    async def DeleteMatch(
        self, request: question_sets_pb2.DeleteMatchRequest, context: Context
    ) -> question_sets_pb2.DeleteMatchResponse:
        """Delete a match: a pair of attendees who should meet."""
        event = await load_event(self._database, UUID(request.event_id), "curate")
        await self._use_cases.delete_match.delete(event, UUID(request.match_id))
        return question_sets_pb2.DeleteMatchResponse()

    async def _notify(
        self, request: AnyQuestionSetOrder, publish: bool
    ) -> notifications_pb2.EventNotification:
        event = await load_event(self._database, UUID(request.event_id), "curate")
        set_id = UUID(request.set_id)
        found = await load_question_set(self._database, event.org_id, event.id, set_id)
        attendees = attendees_of(request, "question_set")
        order = EventMessageOrder(attendees, source_of(request), found.id, publish)
        return await with_counts(self._dispatch, await self._use_cases.send.send(order))


def _set(question_set: QuestionSet) -> question_sets_pb2.QuestionSet:
    return fill(question_sets_pb2.QuestionSet(), question_set)


def _changes(request: question_sets_pb2.UpdateQuestionSetRequest) -> dict[str, Any]:
    """Return the new values of the columns that the request changes."""
    changes: dict[str, Any] = {}
    if request.HasField("title"):
        changes["title"] = request.title.strip()
    if request.questions:
        changes["questions"] = _tidy(request.questions)
    return changes


def _tidy(questions: Iterable[str]) -> list[str]:
    return [question.strip() for question in questions]
