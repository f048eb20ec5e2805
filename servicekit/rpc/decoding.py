"""Read the bytes of a request.

Unreadable bytes are refused only after the caller's token is checked.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.message import DecodeError, Message

from servicekit.errors import InvalidInput
from servicekit.rpc.validation import validate


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The bytes of a request that can't be parsed as the message that the method takes."""


def reader(read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Make ``read`` return an :class:`Unreadable` for bytes that it can't read.

    If ``read`` raised an error, the library would answer UNKNOWN and log a stack trace, before the
    token is checked.
    """

    def read_safely(content: bytes) -> Any:
        try:
            return read(content)
        except DecodeError:
            return Unreadable()

    return read_safely


def is_stream(request: Any) -> bool:
    """Tell whether a method's request is a stream of messages."""
    return not isinstance(request, Message | Unreadable)


def checked(request: Any) -> Any:
    """Return the request if the contract's rules allow it; check a stream's messages as they come.

    Raises:
        InvalidInput: The request is not a message of the method's type, or breaks a rule.
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
