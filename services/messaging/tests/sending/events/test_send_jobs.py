"""A sender process also works while the bus is not available."""

from uuid import uuid4

from pydantic import SecretStr

from services.billing.tests.money import pay_in
from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.organisation import Organisation, phone
from tests.fixtures.running import listening, running
from tests.fixtures.waiting import wait_until


async def test_a_sender_process_that_starts_without_the_bus_sends_due_messages(
    settings: MessagingSettings, bare_organisation: Organisation
) -> None:
    await bare_organisation.set_up()
    await pay_in(bare_organisation.billing_database, bare_organisation.person, 1000)
    campaign, people = uuid4(), [phone(n) for n in range(700, 720)]
    await bare_organisation.submit(campaign, people)
    away = {"nats_url": SecretStr(f"nats://{listening()}"), "ops_listen": listening()}
    async with running(app.send, settings.model_copy(update=away)):

        async def handed_over() -> bool:
            return (await bare_organisation.counts(campaign)).queued == len(people)

        await wait_until(handed_over)
    assert sorted(m["to"] for m in bare_organisation.provider()) == sorted(people)
