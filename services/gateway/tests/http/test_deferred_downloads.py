"""A download that takes long gets status 202, and its file is written in the background."""

import base64
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import grpc
import httpx
import pytest
from google.api.httpbody_pb2 import HttpBody
from google.protobuf.any_pb2 import Any

from deploy.local.ports import free_port
from servicekit.rpc.server import Context, make_server
from servicekit.tokens import TokenSigner
from servicekit.web.loop_thread import LoopThread
from services.gateway.http.openapi.document import document
from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import Client, Member, sign_up
from smsblaster.messaging.v1 import history_pb2, history_pb2_grpc
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening

PATH = "/api/history/messages/export"


class History(history_pb2_grpc.HistoryServiceServicer):
    """A history service: it returns a file, or a pending export if `error_code` is set."""

    async def ExportHistory(  # noqa: N802 (the contract's name)
        self, request: history_pb2.ExportHistoryRequest, context: Context
    ) -> AsyncIterator[HttpBody]:
        if not request.error_code:
            yield HttpBody(content_type="text/csv", data=b"Id\n")
            return
        export = history_pb2.Export(id="7", status=history_pb2.EXPORT_STATUS_PENDING)
        deferred = Any()
        deferred.Pack(export)
        yield HttpBody(extensions=[deferred])


class Exports(history_pb2_grpc.ExportServiceServicer):
    """A service that returns a file for every download link."""

    async def DownloadExport(  # noqa: N802 (the contract's name)
        self, request: history_pb2.DownloadExportRequest, context: Context
    ) -> AsyncIterator[HttpBody]:
        yield HttpBody(content_type="text/csv", data=b"Id\n")


@pytest.fixture(scope="module")
def caller(
    settings: GatewaySettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Client, Member]]:
    loop, address = LoopThread(), f"127.0.0.1:{free_port()}"

    async def start() -> grpc.aio.Server:
        server = make_server(TokenSigner("messaging", base64.b64decode(INTERNAL_KEY_TEXT)))
        history_pb2_grpc.add_HistoryServiceServicer_to_server(
            History(),  # type: ignore[abstract]  # the rest is not called
            server,
        )
        history_pb2_grpc.add_ExportServiceServicer_to_server(
            Exports(),  # type: ignore[abstract]  # the rest is not called
            server,
        )
        server.add_insecure_port(address)
        await server.start()
        return server

    server = loop.run(start())
    changes = {"messaging_addr": address, "ops_listen": listening()}
    with (
        serving(settings.model_copy(update=changes), tmp_path_factory.mktemp("deferring")) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client, sign_up(client)
    loop.run(server.stop(1))
    loop.close()


def test_a_small_file_is_returned_at_once(caller: tuple[Client, Member]) -> None:
    client, member = caller
    answer = client.get(PATH, headers=member.headers)
    assert (answer.status_code, answer.content) == (200, b"Id\n")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_a_request_for_a_large_file_gets_202_and_the_file_is_prepared(
    caller: tuple[Client, Member],
) -> None:
    client, member = caller
    answer = client.get(PATH, headers=member.headers, params={"errorCode": 30003})
    assert (answer.status_code, answer.headers["Content-Type"]) == (202, "application/json")
    assert "Content-Disposition" not in answer.headers
    export = answer.json()
    assert (export["id"], export["status"], export["downloadUrl"]) == ("7", "pending", None)


def test_a_link_to_a_prepared_file_needs_no_sign_in(caller: tuple[Client, Member]) -> None:
    client, _ = caller
    answer = client.get(f"/api/history/exports/{uuid4()}/download", params={"token": "t"})
    assert (answer.status_code, answer.content) == (200, b"Id\n")


def test_the_api_document_describes_both_the_file_and_the_202_response_of_a_download() -> None:
    responses = document()["paths"][PATH]["get"]["responses"]
    assert responses["200"]["content"]["text/csv"]["schema"] == {"type": "string"}
    reference = responses["202"]["content"]["application/json"]["schema"]["$ref"]
    assert reference.endswith("/Export")
