"""Note that a user's access was revoked, so that the user's live streams end at once."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.hints import Hint, Topic, note
from servicekit.modes import both_of


def note_revoked_access(
    connection: AsyncConnection, org_id: UUID, user_id: UUID | None = None
) -> None:
    """Have the live streams of a user checked, in live and in test mode.

    If ``user_id`` is None, the streams of all users of the organisation are checked.
    """
    note(connection, *(Hint(each, Topic.ACCESS, user_id) for each in both_of(org_id)))
