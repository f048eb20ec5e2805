"""Old webhooks and dead letters are deleted, newer ones are kept."""

from datetime import timedelta

from sqlalchemy import func, update

from servicekit.bus.connection import Bus
from servicekit.ids import new_id
from services.webhooks.jobs.delete_old import delete_old
from services.webhooks.storage.tables import webhook_dead_letters
from services.webhooks.tests.calls import STATUS, TwilioAccount, form_call, status_pairs
from services.webhooks.tests.events.test_dead_letters import DEAD, wait_for_dead_letter
from services.webhooks.tests.reports import dead_lettered, publish_event
from services.webhooks.tests.serving import Service

DAYS = 90


async def test_old_webhooks_are_deleted(service: Service, account: TwilioAccount) -> None:
    for _ in range(2):
        await service.post(form_call(account, STATUS, status_pairs(account)))
    old, young = [row["id"] for row in await service.logged_of(account)]
    await service.date_back(old, days=DAYS, minutes=1)
    await service.date_back(young, days=DAYS, minutes=-1)
    await delete_old(service.database, DAYS)
    assert [row["id"] for row in await service.logged_of(account)] == [young]


async def test_old_dead_letters_are_deleted(service: Service, bus: Bus) -> None:
    old, young = str(new_id()), str(new_id())
    for message_id in (old, young):
        await publish_event(bus, DEAD, dead_lettered("event.messaging.campaign_moved", message_id))
        await wait_for_dead_letter(service, message_id)
    async with service.database.system() as connection:
        await connection.execute(
            update(webhook_dead_letters)
            .where(webhook_dead_letters.c.message_id == old)
            .values(created_at=func.now() - timedelta(days=DAYS, minutes=1))
        )
    await delete_old(service.database, DAYS)
    assert [row["message_id"] for row in await service.letters()] == [young]
