"""Hints tell browsers what has changed, without the data.

Storage notes a hint in the transaction of the change. After the commit, ``Database`` passes it on
to the bus (``bus.hints``). The gateway's stream process passes it on to the organisation's
browsers, and they fetch again what they show. Hints are best effort: nothing waits for them or
depends on them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

_NOTED = "hints"
# A browser shows tens of rows. If more ids than this have changed, fetching the list again is
# cheaper than comparing ids.
_MOST_IDS = 50


class Topic(StrEnum):
    """The kind of thing that has changed. A hint's ``id`` is the thing's id, unless noted below."""

    ACCESS = "access"
    """A user's access was revoked; the id is the user's. It is not passed on to browsers."""
    BALANCE = "balance"
    """The balance of a user of the organisation, which has changed; the id is the user's."""
    CAMPAIGN = "campaign"
    CONTACT = "contact"
    CONTACT_LIST = "contact_list"
    CONVERSATION = "conversation"
    """A conversation, or the status of a single message in it; the id is the contact's."""
    EVENT = "event"
    EVENT_MESSAGE = "event_message"
    """The status of messages to an event's attendees; the id is the event's."""
    EXPORT = "export"
    IMPORT = "import"
    MESSAGE = "message"
    """The status of a campaign's messages; the id is the campaign's."""
    NOTIFICATION = "notification"
    NUMBER = "number"
    REGISTRATION = "registration"
    """The organisation's A2P registration; there is no id."""
    SCHEDULED_SEND = "scheduled_send"
    """A text, a batch or a reply that is sent later; the id is the scheduled send's."""
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Hint:
    """A hint: something of an organisation has changed.

    Without an ``id``, any thing of this topic may have changed. ``version`` is the row's version
    after the change, where rows have one.
    """

    org_id: UUID
    topic: Topic
    id: UUID | None = None
    version: int | None = None


class HintSet:
    """Hints of one organisation that wait to be passed on.

    A thing that changes twice has one hint.
    """

    def __init__(self) -> None:
        self._ids: dict[str, dict[UUID | None, int | None]] = {}

    def add(self, topic: str, id_: UUID | None, version: int | None) -> None:
        """Add a hint; many ids of a topic become one hint without an id."""
        ids = self._ids.setdefault(topic, {})
        if None in ids:
            return
        if id_ is None or (id_ not in ids and len(ids) == _MOST_IDS):
            self._ids[topic] = {None: None}
        else:
            ids[id_] = version

    def take(self) -> Iterator[tuple[str, UUID | None, int | None]]:
        """Yield topic, id and version of each hint, and remove all hints."""
        waiting, self._ids = self._ids, {}
        for topic, ids in waiting.items():
            for id_, version in ids.items():
                yield topic, id_, version


def drop(_: Sequence[Hint]) -> None:
    """Discard the hints: for a process that has no bus."""


def begin(connection: AsyncConnection) -> Sequence[Hint]:
    """Start to collect the hints of a transaction; return the list to which they will be added."""
    hints: list[Hint] = []
    connection.info[_NOTED] = hints
    return hints


def note(connection: AsyncConnection, *hints: Hint) -> None:
    """Pass on ``hints`` to browsers once this transaction has committed."""
    noted: list[Hint] | None = connection.info.get(_NOTED)
    if noted is not None:
        noted.extend(hints)
