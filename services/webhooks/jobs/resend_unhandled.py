"""Publishes webhooks again that nobody has handled: the bus may have lost them."""

from collections.abc import Sequence

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from services.webhooks.domain.dead_letter import DeadLetter
from services.webhooks.domain.resending import MAX_ATTEMPTS, pause_after
from services.webhooks.storage import webhook_logs
from services.webhooks.storage.webhook_logs import Unhandled
from services.webhooks.usecases.announce import Announcer, announcement
from services.webhooks.usecases.bury import bury

# Few enough to hold up no request while they are put together.
_BATCH = 50


class ResendUnhandled:
    """The job. ``first_pause`` is the seconds after which a webhook is first due."""

    def __init__(self, database: Database, announcer: Announcer, first_pause: float) -> None:
        self._database = database
        self._announcer = announcer
        self._first_pause = first_pause

    async def __call__(self) -> None:
        """Publish all that is due; bury what was published often enough.

        Nothing counts as published while the bus is away.
        """
        found = _BATCH
        while found == _BATCH:
            async with self._database.system() as connection:
                due = await webhook_logs.due(connection, _BATCH)
            found = len(due)
            await self._bury([d for d in due if d.attempts >= MAX_ATTEMPTS])
            try:
                await self._resend([d for d in due if d.attempts < MAX_ATTEMPTS])
            except Unavailable:
                return

    async def _resend(self, due: Sequence[Unhandled]) -> None:
        if not due:
            return
        await self._announcer.announce_each([d.webhook for d in due])
        pauses = {d.webhook.id: pause_after(d.attempts + 1, self._first_pause) for d in due}
        async with self._database.system() as connection:
            await webhook_logs.note_resent(connection, pauses)

    async def _bury(self, due: Sequence[Unhandled]) -> None:
        if due:
            async with self._database.system() as connection:
                await bury(connection, [_letter(d) for d in due])


def _letter(unhandled: Unhandled) -> DeadLetter:
    message = announcement(unhandled.webhook)
    return DeadLetter(
        consumer="nobody",
        subject=message.subject,
        message_id=message.id,
        payload=message.payload,
        error="nobody said what became of it",
        attempts=unhandled.attempts,
    )
