"""Publishes webhooks again that nobody has handled: the bus may have lost them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.webhooks.domain.dead_letter import NOBODY, DeadLetter
from services.webhooks.domain.resending import MAX_ATTEMPTS, pause_after
from services.webhooks.providers.webhook_publisher import WebhookPublisher, announcement
from services.webhooks.storage import webhook_logs
from services.webhooks.storage.webhook_logs import Unhandled
from services.webhooks.usecases.record_dead_letters import record_dead_letters

# Few enough to hold up no request while they are put together.
_BATCH = 50


class ResendUnhandled:
    """The job. ``first_pause`` is the seconds after which a webhook is first due."""

    def __init__(self, database: Database, publisher: WebhookPublisher, first_pause: float) -> None:
        self._database = database
        self._publisher = publisher
        self._first_pause = first_pause
        self._items = JobItems(database, "webhooks", "resend-unhandled")

    async def __call__(self) -> None:
        """Publish all that is due; bury what was published often enough.

        Nothing counts as published while the bus is away.
        """
        async with self._items.turn() as turn:
            some = True
            while some:
                async with self._database.system() as connection:
                    due = {_item(d): d for d in await webhook_logs.due(connection, _BATCH)}
                given_up = [i for i, unhandled in due.items() if unhandled.attempts >= MAX_ATTEMPTS]
                others = [i for i, unhandled in due.items() if unhandled.attempts < MAX_ATTEMPTS]
                given_up_now = await turn.apply(given_up, partial(self._each, self._give_up, due))
                some = bool(await turn.apply(others, partial(self._each, self._resend, due)))
                some = some or bool(given_up_now)

    async def _each(
        self,
        work: Callable[[Sequence[Unhandled]], Awaitable[None]],
        due: Mapping[Item, Unhandled],
        items: Sequence[Item],
    ) -> None:
        await work([due[item] for item in items])

    async def _resend(self, due: Sequence[Unhandled]) -> None:
        self._publisher.bus()  # away: nothing can be published, whatever it is
        await self._publisher.publish_each([d.webhook for d in due])
        pauses = {d.webhook.id: pause_after(d.attempts + 1, self._first_pause) for d in due}
        async with self._database.system() as connection:
            await webhook_logs.note_resent(connection, pauses)

    async def _give_up(self, due: Sequence[Unhandled]) -> None:
        async with self._database.system() as connection:
            await record_dead_letters(connection, [_letter(d) for d in due])


def _item(unhandled: Unhandled) -> Item:
    return Item(str(unhandled.webhook.id), unhandled.webhook.org_id)


def _letter(unhandled: Unhandled) -> DeadLetter:
    message = announcement(unhandled.webhook)
    return DeadLetter(
        consumer=NOBODY,
        subject=message.subject,
        message_id=message.id,
        payload=message.payload,
        error="nobody said what became of it",
        attempts=unhandled.attempts,
    )
