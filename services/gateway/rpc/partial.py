"""Read a part of a response. If that fails, only the part is missing."""

from collections.abc import Awaitable
from typing import TypeVar

import structlog

from servicekit.errors import DomainError

log = structlog.get_logger()

Read = TypeVar("Read")


async def or_none(part: str, reading: Awaitable[Read]) -> Read | None:
    """Return the result of `reading`, or None if the service refuses or can't be reached."""
    try:
        return await reading
    except DomainError as error:
        log.warning("part_not_read", part=part, code=error.code)
        return None
