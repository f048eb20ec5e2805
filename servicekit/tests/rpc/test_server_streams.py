"""Streaming calls are checked, refused and closed like all other calls."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from servicekit import identity
from servicekit.errors import Conflict, InvalidInput
from servicekit.identity import Identity
from servicekit.tests.rpc.toy_contract import MAX_TEXT, SERVICE, toy
from servicekit.tests.rpc.toy_service import MEMBER, calls_counted, refused, serving
from tests.fixtures.waiting import wait_until


async def texts_of(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


async def test_a_stream_of_requests_is_read_by_the_method() -> None:
    async def join(requests: Any, context: Any) -> Any:
        return toy("".join([request.the_text async for request in requests]))

    async with serving({"Upload": join}) as service:
        assert await service.upload(texts_of("a", "b", "c")) == "abc"


async def test_every_message_of_a_stream_is_validated() -> None:
    seen: list[str] = []

    async def read(requests: Any, context: Any) -> Any:
        messages = aiter(requests)
        seen.append((await anext(messages)).the_text)
        seen.append((await anext(messages)).the_text)
        return toy()

    async with serving({"Upload": read}) as service:
        refusal = await refused(service.upload(texts_of("good", "", "after")))
    assert isinstance(refusal, InvalidInput)
    assert seen == ["good"]


async def test_a_caller_that_is_still_sending_learns_why_it_is_refused() -> None:
    async def refuse(requests: Any, context: Any) -> Any:
        raise Conflict("Another import is running.")

    async with serving({"Upload": refuse}) as service:
        refusal = await refused(service.upload(texts_of(*["x" * MAX_TEXT] * 4_000)))
    assert isinstance(refusal, Conflict)


async def test_a_stream_of_response_messages_arrives_in_order() -> None:
    async def count(request: Any, context: Any) -> AsyncIterator[Any]:
        for number in range(100):
            yield toy(str(number))

    async with serving({"Download": count}) as service:
        answers = [answer.the_text async for answer in service.download()]
    assert answers == [str(number) for number in range(100)]


async def test_an_error_in_the_middle_of_a_stream_arrives_after_the_earlier_messages() -> None:
    async def break_off(request: Any, context: Any) -> AsyncIterator[Any]:
        yield toy("first")
        raise Conflict("The list was deleted.", code="list_deleted")

    before = calls_counted("Download", "ABORTED")
    async with serving({"Download": break_off}) as service:
        call = service.download()
        assert (await call.read()).the_text == "first"
        refusal = await refused(call.read())
        # The caller may get the error before the call has ended here.
        await wait_until(lambda: calls_counted("Download", "ABORTED") == before + 1)
    assert (type(refusal), refusal.code) == (Conflict, "list_deleted")


async def test_a_streaming_call_with_bad_input_or_without_a_token_is_refused() -> None:
    async def never(request: Any, context: Any) -> AsyncIterator[Any]:
        raise AssertionError("must not be reached")
        yield

    async with serving({"Download": never}) as service:
        assert isinstance(await refused(service.download("").read()), InvalidInput)
        call: Any = service.channel.unary_stream(
            f"/{SERVICE}/Download", request_serializer=lambda message: message.SerializeToString()
        )
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await call(toy()).read()
    assert refusal.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_stream_is_closed_at_once_when_its_reader_hangs_up() -> None:
    """The method's transaction must not stay open until the garbage collector runs."""
    closed_as: list[Identity] = []

    async def endless(request: Any, context: Any) -> AsyncIterator[Any]:
        try:
            while True:
                yield toy("x" * MAX_TEXT)
        finally:
            closed_as.append(identity.current())

    async with serving({"Download": endless}) as service:
        call = service.download()
        await call.read()
        call.cancel()
        await wait_until(lambda: bool(closed_as))
    assert closed_as == [MEMBER]
