"""A closed organisation's Twilio subaccount is closed, and its rows and files are deleted."""

from servicekit.identity import acting_as
from services.messaging.common.storage import files
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.storage.history_rows import Past, add_event, store
from services.messaging.tests.organisation import Organisation
from services.messaging.tests.tenant import TwilioSide
from smsblaster.erasure.v1 import stored_data_pb2, stored_data_pb2_grpc
from tests.fixtures.traces import traces_of


async def delete_all(organisation: Organisation) -> dict[str, int]:
    """Delete everything of an organisation, and return the counts."""
    stub = stored_data_pb2_grpc.OrganisationDataServiceStub(organisation.messaging.channel)
    counts, cursor, done = dict[str, int](), "", False
    while not done:
        request = stored_data_pb2.DeleteOrganisationRequest(cursor=cursor)
        with acting_as(organisation.person.identity()):
            removed = await organisation.messaging.caller().call(stub.DeleteOrganisation, request)
        counts |= removed.counts
        done, cursor = removed.done, removed.cursor
    return counts


async def test_the_subaccount_is_closed_and_rows_and_files_are_deleted(
    organisation: Organisation,
    other_organisation: Organisation,
    settings: MessagingSettings,
    twilio: TwilioSide,
) -> None:
    folders = (settings.export_dir, settings.export_dir / "media", settings.archive_dir)
    its_files = [folder / str(organisation.org_id) / "file" for folder in folders]
    for path in its_files:
        with files.begin(path) as file:
            file.write(b"Hello")
            files.publish(file, path)
    for each in (organisation, other_organisation):
        past = Past()
        await store(each.database, each.org_id, [past])
        await add_event(each.database, each.org_id, past.id, "delivered")
    assert await twilio.numbers(other_organisation.account_sid)
    counts = await delete_all(organisation)
    assert (counts["twilio_subaccounts_closed"], counts["numbers_released"]) == (1, 1)
    assert (counts["sms_messages"], counts["delivery_events"]) == (1, 1)
    assert await traces_of(organisation.database, str(organisation.org_id)) == set()
    assert await traces_of(other_organisation.database, str(other_organisation.org_id))
    assert not any(map(files.exists, its_files))
    assert await twilio.status(organisation.account_sid) == "closed"
    assert await twilio.status(other_organisation.account_sid) == "active"
    assert await delete_all(organisation) == {}
