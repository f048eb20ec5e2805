"""A list of a hundred rows needs as many SQL statements, in all services, as one of ten."""

from typing import Any

from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.campaigns.tests.builders import a_campaign, a_template
from services.campaigns.tests.event_rows import an_attendee, an_event
from services.campaigns.tests.marketer import Marketer
from services.campaigns.tests.organizer import Organizer
from smsblaster.campaigns.v1 import campaigns_pb2, templates_pb2, templates_pb2_grpc
from tests.fixtures.statements import MANY, PageCheck


async def test_campaigns_are_listed_without_a_statement_per_row(
    marketer: Marketer, database: Database, no_statement_per_row: PageCheck
) -> None:
    for _ in range(MANY + 1):
        await a_campaign(database, marketer.person)

    async def read(limit: int) -> Any:
        request = campaigns_pb2.ListCampaignsRequest(limit=limit)
        return await marketer.ask("ListCampaigns", request)

    await no_statement_per_row(read)


async def test_templates_are_listed_without_a_statement_per_row(
    marketer: Marketer, database: Database, no_statement_per_row: PageCheck
) -> None:
    for _ in range(MANY + 1):
        await a_template(database, marketer.person)
    stub = templates_pb2_grpc.TemplateServiceStub(marketer.service.channel)

    async def read(limit: int) -> templates_pb2.ListTemplatesResponse:
        request = templates_pb2.ListTemplatesRequest(limit=limit)
        with acting_as(marketer.person.identity()):
            return await marketer.service.caller().call(stub.ListTemplates, request)

    await no_statement_per_row(read)


async def test_events_are_listed_without_a_statement_per_row(
    organizer: Organizer, database: Database, no_statement_per_row: PageCheck
) -> None:
    for _ in range(MANY + 1):
        await an_event(database, organizer.person)
    await no_statement_per_row(lambda limit: organizer.ask("ListEvents", limit=limit))


async def test_attendees_are_listed_without_a_statement_per_row(
    organizer: Organizer, database: Database, no_statement_per_row: PageCheck
) -> None:
    event_id = await an_event(database, organizer.person)
    for _ in range(MANY + 1):
        await an_attendee(database, organizer.person, event_id)

    async def read(limit: int) -> Any:
        return await organizer.ask("ListAttendees", event_id=str(event_id), limit=limit)

    await no_statement_per_row(read)
