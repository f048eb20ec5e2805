"""Small exports are streamed, large ones are written to files."""

import asyncio
import codecs
import csv
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import grpc
import pytest
from google.api import httpbody_pb2
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Conflict, CrossOrgAccess, Forbidden, Gone, InvalidInput, NotFound
from servicekit.identity import acting_as
from servicekit.jobs import Job, Scheduler
from servicekit.rpc.errors import from_rpc
from services.messaging.common.providers.recipients import Recipients
from services.messaging.common.storage import files
from services.messaging.history.domain import export_links
from services.messaging.history.domain.export_links import BadLink, ExportLink
from services.messaging.history.domain.message_filter import MessageFilter
from services.messaging.history.storage import exports
from services.messaging.history.storage.export_files import export_path
from services.messaging.history.support.known_ids import KnownIds
from services.messaging.history.usecases import stream_history
from services.messaging.history.usecases.delete_exports import DeleteExports
from services.messaging.history.usecases.stream_history import StreamHistory
from services.messaging.history.usecases.write_exports import WriteExports
from services.messaging.settings import MessagingSettings
from services.messaging.tests.history.rpc.test_history import at
from services.messaging.tests.history.storage.history_rows import NOON, Past, spread, store
from services.messaging.tests.organisation import Organisation
from smsblaster.contacts.v1 import recipients_pb2_grpc
from smsblaster.messaging.v1 import history_pb2, history_pb2_grpc
from tests.fixtures.waiting import wait_until

DONE = history_pb2.EXPORT_STATUS_DONE


async def pieces(
    organisation: Organisation, method: str, request: object
) -> Sequence[httpbody_pb2.HttpBody]:
    service = "Export" if isinstance(request, history_pb2.DownloadExportRequest) else "History"
    stub = getattr(history_pb2_grpc, f"{service}ServiceStub")(organisation.messaging.channel)
    with acting_as(organisation.person.identity()):
        metadata = organisation.messaging.caller().metadata()
        try:
            return [p async for p in getattr(stub, method)(request, metadata=metadata)]
        except grpc.aio.AioRpcError as error:
            raise from_rpc(error) from None


async def export(organisation: Organisation, **wanted: object) -> Sequence[httpbody_pb2.HttpBody]:
    request = history_pb2.ExportHistoryRequest(**wanted)  # type: ignore[arg-type]
    return await pieces(organisation, "ExportHistory", request)


async def create(organisation: Organisation, **wanted: object) -> history_pb2.Export:
    stub = history_pb2_grpc.ExportServiceStub(organisation.messaging.channel)
    request = history_pb2.CreateExportRequest(**wanted)  # type: ignore[arg-type]
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(stub.CreateExport, request)


async def get(organisation: Organisation, export_id: str) -> history_pb2.Export:
    stub = history_pb2_grpc.ExportServiceStub(organisation.messaging.channel)
    with acting_as(organisation.person.identity()):
        return await organisation.messaging.caller().call(
            stub.GetExport, history_pb2.GetExportRequest(id=export_id)
        )


async def done(organisation: Organisation, export_id: str) -> history_pb2.Export:
    async def is_done() -> bool:
        return (await get(organisation, export_id)).status == DONE

    await wait_until(is_done)
    return await get(organisation, export_id)


async def download(organisation: Organisation, url: str) -> bytes:
    path, _, token = url.partition("?token=")
    request = history_pb2.DownloadExportRequest(id=path.split("/")[4], token=token)
    found = await pieces(organisation, "DownloadExport", request)
    return b"".join(p.data for p in found)


def rows_of(data: bytes) -> list[dict[str, str]]:
    assert data.startswith(codecs.BOM_UTF8)
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


async def test_a_small_history_is_streamed_as_csv(bare_organisation: Organisation) -> None:
    past = [Past(body='=HYPERLINK("x")'), Past(NOON + timedelta(hours=1), body="two\nlines, 👋")]
    await store(bare_organisation.database, bare_organisation.org_id, past)
    found = await export(bare_organisation)
    assert found[0].content_type == "text/csv; charset=utf-8"
    rows = rows_of(b"".join(p.data for p in found))
    assert [r["Id"] for r in rows] == [str(m.id) for m in past]
    assert [r["Message"] for r in rows] == ['\'=HYPERLINK("x")', "two\nlines, 👋"]
    assert rows[0]["To"] == "'+14156000001"
    assert rows[0]["Created at"] == "2026-03-04T12:00:00.000Z"
    assert (rows[0]["From"], rows[0]["Price (cents)"]) == ("", "1")


async def test_an_export_has_only_matching_messages(bare_organisation: Organisation) -> None:
    campaign = uuid4()
    past = [Past(campaign_id=campaign, status="failed"), Past(campaign_id=campaign), Past()]
    await store(bare_organisation.database, bare_organisation.org_id, past)
    found = await export(bare_organisation, campaign_id=str(campaign), status=7)
    assert [r["Id"] for r in rows_of(found[0].data)] == [str(past[0].id)]
    nothing = await export(bare_organisation, to_time=at(NOON))
    assert nothing[0].data.startswith(codecs.BOM_UTF8 + b"Id,Created at,To,From,Status,Message")
    assert rows_of(nothing[0].data) == []


async def test_a_large_history_is_exported_as_a_file(bare_organisation: Organisation) -> None:
    past = spread(Past(), 51)
    await store(bare_organisation.database, bare_organisation.org_id, past)
    [answer] = await export(bare_organisation)
    assert answer.data == b""
    export_ = history_pb2.Export()
    assert answer.extensions[0].Unpack(export_)
    finished = await done(bare_organisation, export_.id)
    assert finished.rows == 51
    assert finished.expires_at.ToDatetime(UTC) > datetime.now(UTC) + timedelta(hours=23)
    rows = rows_of(await download(bare_organisation, finished.download_url))
    assert [r["Id"] for r in rows] == [str(m.id) for m in past]


async def test_exports_are_listed_newest_first(bare_organisation: Organisation) -> None:
    first, second = [await create(bare_organisation, error_code=code) for code in (1, 2)]
    assert first.status == history_pb2.EXPORT_STATUS_PENDING
    assert not first.HasField("download_url")
    assert first.user_id == str(bare_organisation.person.user_id)
    stub = history_pb2_grpc.ExportServiceStub(bare_organisation.messaging.channel)
    call = bare_organisation.messaging.caller().call
    with acting_as(bare_organisation.person.identity()):
        page = await call(stub.ListExports, history_pb2.ListExportsRequest(limit=1))
        assert [e.id for e in page.items] == [second.id]
        rest = history_pb2.ListExportsRequest(limit=1, cursor=page.next_cursor)
        assert [e.id for e in (await call(stub.ListExports, rest)).items] == [first.id]


async def test_an_equal_request_gets_the_same_export_and_a_sixth_unfinished_export_is_refused(
    bare_organisation: Organisation, database: Database
) -> None:
    async with no_exports_written(database):
        first = await create(bare_organisation, error_code=1)
        assert await create(bare_organisation, error_code=1) == first
        asked = [create(bare_organisation, error_code=code) for code in range(2, 9)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        refusals = [a.code for a in answers if isinstance(a, Conflict)]
        assert refusals == ["too_many_exports"] * 3
    await done(bare_organisation, first.id)
    assert (await create(bare_organisation, error_code=1)).id != first.id


@asynccontextmanager
async def no_exports_written(database: Database) -> AsyncIterator[None]:
    """Stop the job that writes exports until the context ends."""
    resting, over = asyncio.Event(), asyncio.Event()

    async def rest() -> None:
        resting.set()
        await over.wait()

    scheduler = Scheduler(database, [Job("write-exports", rest)])
    task = asyncio.create_task(wait_until(lambda: scheduler.run_now("write-exports")))
    await resting.wait()
    yield
    over.set()
    await task


async def test_an_export_is_complete_however_many_rows_are_read_at_once(
    history: StreamHistory, bare_organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Several messages have the same time, so that some ranges end between messages that differ only
    # in id.
    org_id, past = bare_organisation.org_id, [Past() for _ in range(4)] + spread(Past(), 3)
    await store(bare_organisation.database, org_id, [Past(direction="in"), *past])
    for rows in (1, 2, 3, 7, 8):
        monkeypatch.setattr(stream_history, "_ROWS", rows)
        data = b"".join([block async for block in history.stream(org_id, MessageFilter())])
        expected = sorted(past, key=lambda m: (m.created_at, m.id))
        assert [r["Id"] for r in rows_of(data)] == [str(m.id) for m in expected]


async def test_a_slow_reader_does_not_block_other_exports(
    history: StreamHistory, bare_organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    org_id = bare_organisation.org_id
    await store(bare_organisation.database, org_id, spread(Past(), 3))
    monkeypatch.setattr(stream_history, "_ROWS", 1)
    async with aclosing(history.stream(org_id, MessageFilter())) as slow:
        begun = await anext(slow)
        assert len(rows_of(begun)) == 1
        async with asyncio.timeout(60):
            quick = b"".join([b async for b in history.stream(org_id, MessageFilter())])
        rest = b"".join([block async for block in slow])
    assert begun + rest == quick


@pytest.fixture
def history(bare_organisation: Organisation) -> StreamHistory:
    """Return the use case with a single database connection for all exports."""
    contacts, database = bare_organisation.contacts, bare_organisation.database
    recipients = Recipients(
        contacts.caller("messaging"), recipients_pb2_grpc.RecipientServiceStub(contacts.channel)
    )
    return StreamHistory(database, KnownIds(database, recipients), max_rows=10, slots=1)


async def test_a_link_to_an_export_downloads_only_that_export_and_expires(
    bare_organisation: Organisation, settings: MessagingSettings
) -> None:
    export_ = await done(bare_organisation, (await create(bare_organisation)).id)
    other = await create(bare_organisation)
    with pytest.raises(Forbidden) as refusal:
        await download(bare_organisation, export_.download_url.replace(export_.id, other.id))
    assert refusal.value.code == "bad_link"
    with pytest.raises(Forbidden):
        await download(bare_organisation, export_.download_url[:-2] + "AA")
    late = ExportLink(bare_organisation.org_id, UUID(export_.id), datetime.now(UTC))
    token = export_links.sign(settings.token_key(), late)
    with pytest.raises(Gone) as gone:
        await download(
            bare_organisation, f"/api/history/exports/{export_.id}/download?token={token}"
        )
    assert gone.value.code == "link_expired"


async def test_an_expired_export_and_its_file_are_deleted(
    bare_organisation: Organisation, database: Database, settings: MessagingSettings
) -> None:
    export_ = await done(bare_organisation, (await create(bare_organisation)).id)
    path = export_path(settings.export_dir, bare_organisation.org_id, UUID(export_.id))
    assert files.exists(path)
    await _sql(database, "UPDATE message_exports SET expires_at = now() WHERE id = :id", export_.id)
    await DeleteExports(database, settings.export_dir).delete_expired()
    assert not files.exists(path)
    with pytest.raises(Gone):
        await download(bare_organisation, export_.download_url)
    with pytest.raises(NotFound):
        await get(bare_organisation, export_.id)


async def test_another_organisations_export_is_refused(
    bare_organisation: Organisation, other_organisation: Organisation
) -> None:
    theirs = await create(other_organisation)
    with pytest.raises(CrossOrgAccess):
        await get(bare_organisation, theirs.id)
    with pytest.raises(NotFound) as absent:
        await get(bare_organisation, str(uuid4()))
    assert absent.value.code == "export_not_found"


async def test_an_empty_range_of_time_is_refused(bare_organisation: Organisation) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await create(bare_organisation, from_time=at(NOON), to_time=at(NOON))
    assert [f.field for f in refusal.value.fields] == ["to"]


async def test_an_interrupted_export_is_written_again(
    bare_organisation: Organisation, database: Database, tmp_path: Path
) -> None:
    await store(database, bare_organisation.org_id, spread(Past(), 3))
    async with database.org(bare_organisation.org_id) as connection:
        added = await exports.add(connection, bare_organisation.org_id, None, MessageFilter())
    await _sql(database, "UPDATE message_exports SET status = 'running' WHERE id = :id", added.id)
    path = export_path(tmp_path, bare_organisation.org_id, added.id)
    with files.begin(path) as half:
        half.write(b"Id,Crea")
    await WriteExports(database, tmp_path, 24).write_all()

    async def is_done() -> bool:
        return (await get(bare_organisation, str(added.id))).status == DONE

    await wait_until(is_done)


def test_a_link_to_an_export_stays_valid_after_the_signing_key_is_replaced() -> None:
    link = ExportLink(uuid4(), uuid4(), datetime(2026, 1, 1, tzinfo=UTC))
    token = export_links.sign(b"old", link)
    assert export_links.verify([b"new", b"old"], link.export_id, token) == link
    with pytest.raises(BadLink):
        export_links.verify([b"new"], link.export_id, token)


async def _sql(database: Database, statement: str, id_: object) -> None:
    async with database.system() as connection:
        await connection.execute(text(statement), {"id": id_})
