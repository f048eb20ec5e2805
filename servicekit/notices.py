"""Tell an organisation's members what happened, in the same transaction as the change."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.ids import new_id
from smsblaster.billing.v1.events_pb2 import Noticed


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that members want to know.

    Attributes:
        type: A name of ``NotificationType`` in lower case, such as ``campaign_finished``.
        message: What happened and what to do next, as members read it.
        entity: The kind and the id of the thing that the notice is about.
        user_id: The only user whom the notice concerns; None for all members.
    """

    org_id: UUID
    type: str
    message: str
    entity: tuple[str, str]
    user_id: UUID | None = None


async def notify(connection: AsyncConnection, service: str, *notices: Notice) -> None:
    """Publish ``notices`` for ``service`` once this transaction has committed."""
    await announce(connection, *((subjects.notice(service), _noticed(one)) for one in notices))


def _noticed(notice: Notice) -> Noticed:
    entity_type, entity_id = notice.entity
    event = Noticed(
        id=str(new_id()),
        org_id=str(notice.org_id),
        type=notice.type,
        message=notice.message,
        entity_type=entity_type,
        entity_id=entity_id,
        user_id=str(notice.user_id) if notice.user_id else None,
    )
    event.created_at.GetCurrentTime()
    return event
