"""Publish hints (``servicekit.hints``) on NATS without JetStream: one subject per organisation.

A hint tells browsers what has changed. Hints may be lost in an outage of the bus or when a process
is killed. So after each outage, and at each start of a process, all open browsers are told to fetch
again what they show.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError
from prometheus_client import Counter

from servicekit.bus import subjects
from servicekit.hints import Hint, HintSet
from servicekit.throttle import Throttle
from smsblaster.stream.v1 import hints_pb2

log = structlog.get_logger()

DROPPED = Counter("smsblaster_hints_dropped_total", "Hints to browsers that the bus did not take")

EVERYONE = "everyone"
"""The part of a subject that means all organisations: all are told that hints may be lost."""

_INTERVAL_SECONDS = 0.25
_ERRORS = (NatsError, OSError)


class HintPublisher:
    """Publishes a process's hints, in at most four batches a second per organisation."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._waiting: dict[UUID, HintSet] = {}
        # A process that was killed may have committed a change and not published its hint.
        self._has_gap = True
        self._throttle = Throttle(_INTERVAL_SECONDS, self._start)
        self._publishing: asyncio.Task[None] | None = None

    def add(self, hints: Sequence[Hint]) -> None:
        """Publish ``hints`` soon. Returns at once, and never raises."""
        for hint in hints:
            waiting = self._waiting.setdefault(hint.org_id, HintSet())
            waiting.add(hint.topic, hint.id, hint.version)
        if hints:
            self._throttle.need()

    def tell_gap(self) -> None:
        """Tell every browser that hints may have been lost, as soon as the bus can be reached."""
        self._has_gap = True
        self._throttle.need()

    async def close(self) -> None:
        """Publish the hints that are not published yet, and stop."""
        self._throttle.stop()
        if self._publishing is not None:
            await asyncio.wait([self._publishing], timeout=1)
        if self._client.is_connected and self._waiting:
            await self._publish()

    def _start(self) -> None:
        if self._publishing is not None and not self._publishing.done():
            self._throttle.need()
        else:
            self._publishing = asyncio.create_task(self._publish(), name="hints")

    async def _publish(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if not self._client.is_connected:
            self._drop(len(waiting))
            return
        try:
            if self._has_gap:
                await self._send(subjects.hints(EVERYONE), hints_pb2.Hints(resync=True))
                self._has_gap = False
            for org_id, hints in waiting.items():
                await self._send(subjects.hints(org_id), _message(hints))
        except _ERRORS as error:
            log.warning("hints_dropped", error=repr(error))
            self._drop(len(waiting))

    def _drop(self, organisations: int) -> None:
        DROPPED.inc(organisations)
        self._has_gap = True

    async def _send(self, subject: str, message: hints_pb2.Hints) -> None:
        await self._client.publish(subject, message.SerializeToString())


def _message(hints: HintSet) -> hints_pb2.Hints:
    return hints_pb2.Hints(
        hints=[
            hints_pb2.Hint(topic=topic, id=str(id_) if id_ else None, version=version)
            for topic, id_, version in hints.take()
        ]
    )


def read(payload: bytes) -> hints_pb2.Hints:
    """Return the hints of a message. Raises ``DecodeError`` if it is malformed."""
    return hints_pb2.Hints.FromString(payload)


def ids_of(hint: hints_pb2.Hint) -> tuple[UUID | None, int | None]:
    """Return a hint's id and version; an id that is not a UUID counts as absent."""
    id_: UUID | None = None
    with suppress(ValueError):
        id_ = UUID(hint.id) if hint.HasField("id") else None
    return id_, hint.version if hint.HasField("version") else None
