"""Reading the bytes of a request: what is no message is refused when it is known who sends it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError, Message

from servicekit.errors import InvalidInput
from servicekit.rpc.validation import validate


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are not the message that a method takes."""


def reader(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Return ``read`` with an :class:`Unreadable` for bytes that it can't read.

    An error here would be answered by the library: UNKNOWN, with a stack trace in the log, before
    anybody was asked for a token.
    """

    def read_safely(content: bytes) -> Any:
        try:
            return read(content)
        except DecodeError:
            return Unreadable()

    return read_safely


def is_stream(request: Any) -> bool:
    """Whether a method's request is a stream of messages."""
    return not isinstance(request, Message | Unreadable)


def checked(request: Any) -> Any:
    """The request that the contract's rules allow; a stream's messages are checked as they come.

    Raises:
        InvalidInput: it is no message of its type, or breaks a rule.
    """
    if is_stream(request):
        return _checked_stream(request)
    if isinstance(request, Unreadable):
        raise InvalidInput.of("request", "is not a message of the type that this method takes")
    validate(request)
    return request


async def _checked_stream(requests: AsyncIterator[Any]) -> AsyncIterator[Message]:
    async for request in requests:
        yield checked(request)
