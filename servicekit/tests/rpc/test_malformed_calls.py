"""Malformed calls: the caller's token is verified first, and nothing is logged as an error."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from structlog.testing import capture_logs

from servicekit.errors import InvalidInput
from servicekit.tests.rpc.toy_contract import SERVICE, Toy
from servicekit.tests.rpc.toy_service import (
    MEMBER,
    calls_counted,
    metadata_of,
    refused,
    serving,
)
from tests.fixtures.malformed import GARBAGE, throw

NO_MESSAGE = b"\xff" * 11


def signed() -> Any:
    """Return call metadata with the token of a known caller, valid for a minute."""
    return metadata_of(MEMBER)


async def echo(request: Any, context: Any) -> Any:
    return request


async def echo_all(requests: AsyncIterator[Any], context: Any) -> Any:
    async for request in requests:
        last = request
    return last


async def several(request: Any, context: Any) -> AsyncIterator[Any]:
    yield request


async def test_an_authenticated_caller_is_told_that_its_bytes_are_not_a_message() -> None:
    async with serving({"Member": echo}) as service:
        method: Any = service.channel.unary_unary(f"/{SERVICE}/Member")
        with capture_logs() as lines:
            unknown = await refused(method(NO_MESSAGE))
            known = await refused(method(NO_MESSAGE, metadata=signed()))
    assert not isinstance(unknown, InvalidInput)
    assert isinstance(known, InvalidInput)
    assert [fault.field for fault in known.fields] == ["request"]
    assert lines == []


async def test_streaming_calls_with_malformed_messages_are_refused() -> None:
    async def messages() -> AsyncIterator[bytes]:
        yield Toy(the_text="fine").SerializeToString()
        yield NO_MESSAGE

    async with serving({"Upload": echo_all, "Download": several}) as service:
        upload: Any = service.channel.stream_unary(f"/{SERVICE}/Upload")
        download: Any = service.channel.unary_stream(f"/{SERVICE}/Download")
        assert isinstance(await refused(upload(messages(), metadata=signed())), InvalidInput)
        answers = download(NO_MESSAGE, metadata=signed())
        assert isinstance(await refused(answers.read()), InvalidInput)


async def test_only_authenticated_callers_are_told_that_a_method_does_not_exist() -> None:
    async with serving({"Member": echo}) as service:
        method: Any = service.channel.unary_unary(f"/{SERVICE}/Nothing")
        assert await _status(method(b"")) is grpc.StatusCode.UNAUTHENTICATED
        assert await _status(method(b"", metadata=signed())) is grpc.StatusCode.UNIMPLEMENTED
    assert calls_counted("Nothing", "UNAUTHENTICATED") == 0


async def test_random_bytes_end_only_the_connection_on_which_they_arrive(
    capfd: pytest.CaptureFixture[str],
) -> None:
    async with serving({"Member": echo}) as service:
        with capture_logs() as lines:
            await asyncio.gather(*(throw(service.address, garbage) for garbage in GARBAGE))
            assert await service.call("Member") == "hello"
    assert lines == []
    assert "Traceback" not in capfd.readouterr().err


async def _status(call: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await call
    return failed.value.code()
