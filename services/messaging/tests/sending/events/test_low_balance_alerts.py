"""An alert about a low balance is sent once, and costs as much as any other message."""

from dataclasses import dataclass
from uuid import uuid4

import pytest

from servicekit.bus.connection import BusMessage
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.billing.v1 import events_pb2
from tests.fixtures.waiting import wait_until

OFFICE = phone(9101)
SOMEBODY = phone(9102)


@dataclass
class Billing:
    """Publishes bus events about an organisation, as billing does."""

    organisation: Organisation

    def low_balance(self, to: str = "", notification_id: str = "") -> events_pb2.LowBalance:
        event = events_pb2.LowBalance(
            notification_id=notification_id or str(uuid4()),
            org_id=str(self.organisation.org_id),
        )
        if to:
            payer = str(self.organisation.person.user_id)
            event.text.CopyFrom(
                events_pb2.LowBalanceText(to=to, payer_user_id=payer, body="Low on funds")
            )
        return event

    async def say(self, *events: events_pb2.LowBalance) -> None:
        """Publish `events` in this order, each with its own id."""
        await self.organisation.bus.publish(
            [
                BusMessage("event.billing.low_balance", str(uuid4()), event.SerializeToString())
                for event in events
            ]
        )

    def texted(self) -> list[str]:
        """List the phone numbers in the requests to Twilio to send a message."""
        return sorted(message["to"] for message in self.organisation.provider())


@pytest.fixture
def billing_says(organisation: Organisation) -> Billing:
    return Billing(organisation)


async def test_an_alert_is_sent_once_even_if_its_event_arrives_several_times(
    billing_says: Billing, organisation: Organisation
) -> None:
    event = billing_says.low_balance(OFFICE)
    last = billing_says.low_balance(SOMEBODY)
    await billing_says.say(event, event, event, last)
    await wait_until(lambda: SOMEBODY in billing_says.texted())
    assert billing_says.texted() == [OFFICE, SOMEBODY]
    assert await organisation.balance() == 998


async def test_a_low_balance_event_that_requests_no_text_sends_nothing(
    billing_says: Billing, organisation: Organisation
) -> None:
    await billing_says.say(billing_says.low_balance(), billing_says.low_balance(SOMEBODY))
    await wait_until(billing_says.texted)
    assert billing_says.texted() == [SOMEBODY]


async def test_an_opted_out_recipient_does_not_stop_the_next_alert(
    billing_says: Billing, organisation: Organisation
) -> None:
    await organisation.contact_ids([OFFICE])
    await organisation.text_in(OFFICE, "STOP")
    assert await organisation.is_opted_out(OFFICE)
    await billing_says.say(billing_says.low_balance(OFFICE), billing_says.low_balance(SOMEBODY))
    await wait_until(billing_says.texted)
    assert billing_says.texted() == [SOMEBODY]
