"""Pictures of incoming messages are kept until the message is deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import grpc
import httpx
import pytest
from google.api import httpbody_pb2
from sqlalchemy import text

from servicekit.errors import CrossOrgAccess, Forbidden, Gone, NotFound
from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import failure_of_call
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.inbox_reader import Inbox
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.messaging.v1 import media_pb2, media_pb2_grpc, messages_pb2
from tests.fixtures.modes import open_to_others
from tests.fixtures.poison import is_recorded, poisoned, try_again
from tests.fixtures.running import Person
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs

JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class Pictures:
    """The pictures that a person sent to an organisation."""

    organisation: Organisation

    async def receive(self, number: int = 1, **parameters: str) -> messages_pb2.Message:
        """Receive a message with a picture, through Twilio or by a webhook with `parameters`."""
        from_ = phone(number)
        if parameters:
            await self.organisation.text_in(from_, "", NumMedia="1", **parameters)
        else:
            await self.organisation.text_to_provider(
                from_, "", mediaUrls=["https://example.com/cat.jpg"]
            )
        inbox = Inbox(self.organisation)

        async def received() -> str | None:
            found = [t for t in (await inbox.conversations()).items if t.phone == from_]
            return found[0].contact_id if found else None

        contact = await wait_until(received)
        assert contact
        return (await inbox.conversation(contact)).items[-1]

    async def of(
        self, message_id: str, person: Person | None = None
    ) -> Sequence[media_pb2.MediaFile]:
        stub = media_pb2_grpc.MediaServiceStub(self.organisation.messaging.channel)
        with acting_as((person or self.organisation.person).identity()):
            answer = await self.organisation.messaging.caller().call(
                stub.ListMedia, media_pb2.ListMediaRequest(id=message_id)
            )
        return answer.items

    async def settled(self, message_id: str) -> media_pb2.MediaFile:
        """Wait until the only file of a message is stored or has failed. Return the file."""

        async def found() -> media_pb2.MediaFile | None:
            [file] = await self.of(message_id)
            return None if file.status == media_pb2.MEDIA_STATUS_WAITING else file

        file = await wait_until(found)
        assert file is not None
        return file

    async def download(self, url: str) -> tuple[str, bytes]:
        """Return media type and content of a file to anyone who has the link."""
        parts = urlsplit(url)
        request = media_pb2.DownloadMediaRequest(
            id=parts.path.rpartition("/")[2], token=parse_qs(parts.query)["token"][0]
        )
        stub = media_pb2_grpc.MediaServiceStub(self.organisation.messaging.channel)
        with acting_as(Identity("gateway")):
            metadata = self.organisation.messaging.caller().metadata()
        try:
            blocks: list[httpbody_pb2.HttpBody] = [
                block async for block in stub.DownloadMedia(request, timeout=100, metadata=metadata)
            ]
        except grpc.aio.AioRpcError as error:
            raise failure_of_call(error, "DownloadMedia") from error
        return blocks[0].content_type, b"".join(block.data for block in blocks)

    async def delete_message(self, message_id: str) -> None:
        statement = text("DELETE FROM sms_messages WHERE id = :id AND org_id = :org_id")
        values = {"id": message_id, "org_id": self.organisation.org_id}
        async with self.organisation.database.org(self.organisation.org_id) as connection:
            await connection.execute(statement, values)

    def path(self, settings: MessagingSettings, file: media_pb2.MediaFile) -> Path:
        return media_folder(settings) / str(self.organisation.org_id) / file.id


def media_folder(settings: MessagingSettings) -> Path:
    assert isinstance(settings.export_dir, Path)
    return settings.export_dir / "media"


@pytest.fixture
def pictures(organisation: Organisation) -> Pictures:
    return Pictures(organisation)


async def test_a_received_picture_is_stored_and_can_be_downloaded(
    pictures: Pictures, settings: MessagingSettings
) -> None:
    message = await pictures.receive()
    file = await pictures.settled(message.id)
    assert (file.status, file.media_type) == (media_pb2.MEDIA_STATUS_STORED, "image/jpeg")
    media_type, content = await pictures.download(file.url)
    assert media_type == "image/jpeg"
    assert content.startswith(JPEG)
    assert len(content) == file.size_bytes
    assert pictures.path(settings, file).read_bytes() == content
    assert open_to_others(media_folder(settings)) == {}


async def test_a_picture_is_deleted_with_its_message(
    pictures: Pictures, settings: MessagingSettings
) -> None:
    message = await pictures.receive()
    file = await pictures.settled(message.id)
    await pictures.delete_message(message.id)
    with pytest.raises(Gone):
        await pictures.download(file.url)
    await _run(settings, "forget-media")
    await wait_until(lambda: not pictures.path(settings, file).exists())
    query = text("SELECT count(*) FROM message_media WHERE id = :id")
    async with pictures.organisation.database.system() as connection:
        assert not await connection.scalar(query, {"id": file.id})


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "https://api.twilio.com/2010-04-01/Accounts/AC1"]
)
async def test_a_media_url_that_does_not_lead_to_twilio_is_not_fetched(
    pictures: Pictures, url: str
) -> None:
    message = await pictures.receive(MediaUrl0=url, MediaContentType0="image/jpeg")
    file = await pictures.settled(message.id)
    assert file.status == media_pb2.MEDIA_STATUS_FAILED
    assert file.failure == media_pb2.MEDIA_FAILURE_FOREIGN_ADDRESS
    assert not file.HasField("url")


async def test_a_picture_that_twilio_does_not_return_is_fetched_again(pictures: Pictures) -> None:
    fault = {"provider": "twilio", "method": "GET", "path_suffix": "0000", "status": 500}
    url = f"{pictures.organisation.simulator.url}/sim/faults"
    httpx.post(url, json=fault).raise_for_status()
    message = await pictures.receive()
    await wait_until(lambda: _attempts(pictures.organisation, message.id))
    httpx.delete(url).raise_for_status()
    await _make_due(pictures.organisation)
    file = await pictures.settled(message.id)
    assert file.status == media_pb2.MEDIA_STATUS_STORED


async def test_a_link_to_a_picture_downloads_only_that_file(pictures: Pictures) -> None:
    one = await pictures.settled((await pictures.receive(1)).id)
    other = await pictures.settled((await pictures.receive(2)).id)
    with pytest.raises(Forbidden) as refusal:
        await pictures.download(one.url.replace(one.id, other.id))
    assert refusal.value.code == "bad_link"


async def test_another_organisations_files_are_not_listed(
    pictures: Pictures, other_organisation: Organisation
) -> None:
    message = await pictures.receive()
    with pytest.raises(CrossOrgAccess):
        await pictures.of(message.id, other_organisation.person)
    with pytest.raises(NotFound):
        await pictures.of(str(uuid4()))


@pytest.mark.poison("messaging/fetch-media")
async def test_a_picture_that_cannot_be_stored_does_not_stop_others(
    pictures: Pictures, settings: MessagingSettings
) -> None:
    database = pictures.organisation.database
    bad = f"NEW.org_id = '{pictures.organisation.org_id}' AND NEW.status = 'stored'"
    bad += " AND NEW.position = 0 AND NEW.media_type = 'image/jpeg' AND NEW.message_id = '{}'"
    async with database.system() as connection:
        await connection.execute(text("DELETE FROM failing_items"))
    first = await pictures.receive(1)
    file = await pictures.settled(first.id)
    await _fetch_again(pictures.organisation, first.id)
    async with poisoned(database, "message_media", "UPDATE", bad.format(first.id)):
        await _make_due(pictures.organisation)
        second = await pictures.receive(2)
        assert (await pictures.settled(second.id)).status == media_pb2.MEDIA_STATUS_STORED
        await wait_until(lambda: is_recorded(database, "fetch-media", file.id))
    await try_again(database)
    assert (await pictures.settled(first.id)).status == media_pb2.MEDIA_STATUS_STORED


@pytest.mark.poison("messaging/forget-media")
async def test_a_picture_that_cannot_be_deleted_does_not_stop_others(
    pictures: Pictures, settings: MessagingSettings
) -> None:
    database = pictures.organisation.database
    messages = [await pictures.receive(number) for number in (1, 2)]
    bad, good = [await pictures.settled(message.id) for message in messages]
    for message in messages:
        await pictures.delete_message(message.id)
    async with poisoned(database, "message_media", "DELETE", f"OLD.id = '{bad.id}'"):
        await _run(settings, "forget-media")
        await wait_until(lambda: not pictures.path(settings, good).exists())
        await wait_until(lambda: is_recorded(database, "forget-media", bad.id))
    await try_again(database)
    await _run(settings, "forget-media")


async def _run(settings: MessagingSettings, job: str) -> None:
    """Run a job now. If the service is running it, wait for its end first."""
    while not await app.run_job(settings, job):
        pass


async def _attempts(organisation: Organisation, message_id: str) -> int:
    query = text("SELECT attempts FROM message_media WHERE message_id = :id")
    async with organisation.database.system() as connection:
        return int(await connection.scalar(query, {"id": message_id}) or 0)


async def _make_due(organisation: Organisation) -> None:
    statement = text("UPDATE message_media SET next_step_at = now() WHERE org_id = :org_id")
    async with organisation.database.system() as connection:
        await connection.execute(statement, {"org_id": organisation.org_id})


async def _fetch_again(organisation: Organisation, message_id: str) -> None:
    """Reset a file so that it is fetched again, as if it had never been stored."""
    statement = text(
        "UPDATE message_media SET status = 'waiting', next_step_at = now() + interval '1 day'"
        " WHERE message_id = :id"
    )
    async with organisation.database.system() as connection:
        await connection.execute(statement, {"id": UUID(message_id)})
