"""Publish again the webhooks that no consumer has handled, since the bus may have lost them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from servicekit.db.database import Database
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from services.webhooks.domain.dead_letter import NOBODY, DeadLetter
from services.webhooks.domain.resending import MAX_ATTEMPTS, pause_after
from services.webhooks.providers.webhook_publisher import WebhookPublisher, message_of
from services.webhooks.storage import webhook_logs
from services.webhooks.storage.webhook_logs import Unhandled

# Few webhooks at a time, so that building their messages delays no request.
_BATCH = 50

RecordDeadLetters = Callable[[Sequence[DeadLetter]], Awaitable[None]]
"""Stores dead letters for webhooks that are given up."""


class ResendUnhandled:
    """Publishes unhandled webhooks again, and gives them up after the last attempt.

    Args:
        database: The service's database.
        publisher: Publishes the webhooks.
        record_dead_letters: Records the webhooks that are given up.
        first_pause: Seconds after which a webhook is first published again.
    """

    def __init__(
        self,
        database: Database,
        publisher: WebhookPublisher,
        record_dead_letters: RecordDeadLetters,
        first_pause: float,
    ) -> None:
        self._database = database
        self._publisher = publisher
        self._record_dead_letters = record_dead_letters
        self._first_pause = first_pause
        self._items = JobItems(database, "webhooks", "resend-unhandled")

    async def resend_due(self) -> None:
        """Publish all due webhooks again. A webhook with no attempts left becomes a dead letter.

        Attempts do not count while the bus can't be reached.
        """
        async with self._items.turn() as turn:
            progressed = True
            while progressed:
                async with self._database.system() as connection:
                    due = {_item(d): d for d in await webhook_logs.due(connection, _BATCH)}
                finished = [i for i, webhook in due.items() if webhook.attempts >= MAX_ATTEMPTS]
                others = [i for i, webhook in due.items() if webhook.attempts < MAX_ATTEMPTS]
                given_up = await turn.apply(finished, partial(self._each, self._give_up, due))
                resent = await turn.apply(others, partial(self._each, self._resend, due))
                progressed = bool(given_up or resent)

    async def _each(
        self,
        work: Callable[[Sequence[Unhandled]], Awaitable[None]],
        due: Mapping[Item, Unhandled],
        items: Sequence[Item],
    ) -> None:
        await work([due[item] for item in items])

    async def _resend(self, due: Sequence[Unhandled]) -> None:
        # Checked first, since an outage of the bus must not count as a failure of the webhooks.
        self._publisher.require_connection()
        await self._publisher.publish_each([d.webhook for d in due])
        pauses = {d.webhook.id: pause_after(d.attempts + 1, self._first_pause) for d in due}
        async with self._database.system() as connection:
            await webhook_logs.record_resent(connection, pauses)

    async def _give_up(self, due: Sequence[Unhandled]) -> None:
        await self._record_dead_letters([_dead_letter(d) for d in due])


def _item(unhandled: Unhandled) -> Item:
    return Item(str(unhandled.webhook.id), unhandled.webhook.org_id)


def _dead_letter(unhandled: Unhandled) -> DeadLetter:
    message = message_of(unhandled.webhook)
    return DeadLetter(
        consumer=NOBODY,
        subject=message.subject,
        message_id=message.id,
        payload=message.payload,
        error="no consumer reported an outcome",
        attempts=unhandled.attempts,
    )
