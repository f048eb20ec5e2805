"""The latest of STOP and START by Twilio's time applies, even if they arrive in another order.

Every sequence of up to four of them is sent. Each message is delivered in another order, delivered
twice, or lost and polled. The test itself delivers the webhooks. Those that the simulated Twilio
posts reach no service.
"""

import random
from dataclasses import dataclass
from itertools import product

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from servicekit.ids import new_id
from services.messaging.tests.organisation import Organisation, phone
from smsblaster.webhooks.v1 import events_pb2
from tests.fixtures.waiting import wait_until

pytestmark = pytest.mark.jobs

WORDS = ("STOP", "START")


@dataclass
class Sequence:
    """STOP and START texts of one person, oldest first, and the order of their delivery."""

    phone: str
    words: tuple[str, ...]
    delivered: list[int]


def sequences() -> list[Sequence]:
    chance = random.Random(1)  # noqa: S311 (the same orders in every run)
    said = [words for count in range(1, 5) for words in product(WORDS, repeat=count)]
    found = []
    for number, words in enumerate(said):
        order = [n for n in range(len(words)) if chance.random() < 0.7]
        order += [n for n in order if chance.random() < 0.3]
        chance.shuffle(order)
        found.append(Sequence(phone(number), words, order))
    return found


async def test_of_stop_and_start_texts_the_latest_by_twilios_time_applies(
    organisation: Organisation,
) -> None:
    number = await organisation.number()
    people, webhooks = sequences(), []
    for each in people:
        ago = range(10 * len(each.words), 0, -10)
        sids = [
            await organisation.text_to_provider(each.phone, word, secondsAgo=seconds)
            for word, seconds in zip(each.words, ago, strict=True)
        ]
        webhooks += [
            received(organisation, each.phone, number, each.words[n], sids[n])
            for n in each.delivered
        ]
    await organisation.deliver("webhook.twilio.incoming", webhooks)

    async def all_received() -> bool:
        unread = {t.phone: t.unread_count for t in await organisation.conversations()}
        return unread == {each.phone: len(each.words) for each in people}

    await wait_until(all_received, 90, "every word received")
    wrong = [
        each
        for each in people
        if await organisation.is_opted_out(each.phone) != (each.words[-1] == "STOP")
    ]
    assert wrong == []


@pytest.mark.parametrize("order", [("STOP", "START"), ("START", "STOP")])
async def test_of_stop_and_start_texts_sent_in_the_same_second_the_stop_applies(
    organisation: Organisation, order: tuple[str, str]
) -> None:
    number = await organisation.number()

    async def sent_in_one_second() -> dict[str, str] | None:
        sids = {w: await organisation.text_to_provider(phone(1), w) for w in WORDS}
        seconds = {organisation.provider_second(sid) for sid in sids.values()}
        return sids if len(seconds) == 1 else None

    sids = await wait_until(sent_in_one_second, message="two words in the same second")
    assert sids
    webhooks = [received(organisation, phone(1), number, word, sids[word]) for word in order]
    await organisation.deliver("webhook.twilio.incoming", webhooks)
    assert await organisation.is_opted_out(phone(1))


async def test_a_stop_text_opts_out_at_once_if_its_time_cannot_be_read_from_twilio(
    organisation: Organisation,
) -> None:
    number = await organisation.number()
    sids = {w: await organisation.text_to_provider(phone(1), w, secondsAgo=60) for w in WORDS}
    organisation.fault(method="GET", path_suffix=f"{sids['STOP']}.json", status=503)
    webhooks = [received(organisation, phone(1), number, w, sids[w]) for w in WORDS]
    await organisation.deliver("webhook.twilio.incoming", webhooks)
    assert await organisation.is_opted_out(phone(1))


async def test_while_twilio_is_unavailable_only_one_stop_text_waits_for_its_response(
    organisation: Organisation,
) -> None:
    number, people = await organisation.number(), [phone(n) for n in range(20)]
    sids = [await organisation.text_to_provider(person, "STOP") for person in people]
    organisation.fault(method="GET", path_suffix=".json", hang_s=60)
    webhooks = [
        received(organisation, person, number, "STOP", sid)
        for person, sid in zip(people, sids, strict=True)
    ]
    await organisation.deliver("webhook.twilio.incoming", webhooks)
    assert all([await organisation.is_opted_out(person) for person in people])


async def test_a_start_text_is_shown_before_its_send_time_is_known(
    organisation: Organisation,
) -> None:
    number = await organisation.number()
    await organisation.text_in(phone(1), "STOP")
    sid = await organisation.text_to_provider(phone(1), "START")
    organisation.fault(method="GET", path_suffix=f"{sid}.json", status=503, count=2)
    await organisation.deliver(
        "webhook.twilio.incoming", [received(organisation, phone(1), number, "START", sid)]
    )
    [conversation] = await organisation.conversations()
    assert (conversation.last_message, conversation.unread_count) == ("START", 2)


def received(
    organisation: Organisation, sender: str, number: str, body: str, sid: str
) -> events_pb2.WebhookReceived:
    now = Timestamp()
    now.GetCurrentTime()
    return events_pb2.WebhookReceived(
        id=str(new_id()),
        org_id=str(organisation.org_id),
        form={"MessageSid": sid, "From": sender, "To": number, "Body": body},
        received_at=now,
    )
