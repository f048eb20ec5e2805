"""Mark notifications as read for one user."""

from uuid import UUID

from servicekit.db.database import Database
from services.billing.storage import notifications
from services.billing.storage.notifications import Reader


class ReadNotifications:
    """Marks notifications as read for one user.

    Both methods return the count of unread notifications.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, reader: Reader, notification_id: UUID) -> int:
        """Mark one notification as read. Idempotent.

        Raises:
            NotFound: There is no such notification for the reader.
            CrossOrgAccess: The notification belongs to another organisation.
        """
        async with self._database.org(reader.org_id) as connection:
            if await notifications.mark_read(connection, reader, notification_id):
                return await notifications.count_unread(connection, reader)
        raise await notifications.not_found(self._database, reader, notification_id)

    async def read_all(self, reader: Reader, until: UUID | None) -> int:
        """Mark all notifications as read.

        With ``until``, that notification and all older ones are marked.

        Raises:
            NotFound: There is no notification ``until`` for the reader.
            CrossOrgAccess: The notification belongs to another organisation.
        """
        async with self._database.org(reader.org_id) as connection:
            # Those that arrive from now on stay unread, even if they happened earlier.
            newest = await notifications.page(connection, reader, 1, None)
            last = until or (newest[0].id if newest else None)
            if last is None:
                return 0
            if await notifications.mark_read(connection, reader, last):
                await notifications.mark_all_read(connection, reader, last)
                return await notifications.count_unread(connection, reader)
        raise await notifications.not_found(self._database, reader, last)
