"""Keywords and opt-outs: which texts are keywords, Twilio's replies, and the effect of a STOP."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException

from simulator.tests.conftest import LiveSimulator, Receiver, eventually
from simulator.tests.twilio_client import Tenant, call, client, more_numbers, refusal, tenant
from simulator.twilio.keywords import recognise

PERSON, NEIGHBOUR = "+12125550123", "+12125550124"
STOP = ["STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"]
START, HELP = ["START", "UNSTOP", "YES"], ["HELP", "INFO"]
WORDS = {
    **dict.fromkeys(STOP, "STOP"),
    **dict.fromkeys(START, "START"),
    **dict.fromkeys(HELP, "HELP"),
}
TOLL_FREE = {"STOP": "STOP", "START": "START", "UNSTOP": "START", "HELP": "HELP", "INFO": "HELP"}
SPACE = st.text(" \t\r\n", max_size=3)
# As Twilio's help pages print them.
STOPPED = (
    "You have successfully been unsubscribed. You will not receive any more messages from this "
    "number. Reply START to resubscribe."
)
STARTED = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
HELPED = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."


@st.composite
def cased(draw: st.DrawFn, words: list[str]) -> tuple[str, str]:
    """Return a keyword from `words`, and the same keyword with some letters in lower case."""
    word = draw(st.sampled_from(words))
    low = draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word)))
    pairs = zip(word, low, strict=True)
    return word, "".join(c.lower() if is_low else c for c, is_low in pairs)


@settings(deadline=None)
@given(cased(sorted(WORDS)), SPACE, SPACE, st.booleans())
def test_a_keyword_is_recognised_in_any_case_and_between_spaces(
    word: tuple[str, str], before: str, after: str, toll_free: bool
) -> None:
    plain, written = word
    found = recognise(before + written + after, toll_free=toll_free)
    expected = TOLL_FREE.get(plain) if toll_free else WORDS[plain]
    assert (found.kind if found else None) == expected


@settings(deadline=None)
@given(st.text() | st.sampled_from(sorted(WORDS)).map(lambda word: f"{word}."))
@example("STOP PLEASE")
@example("STOP!")
@example("ST OP")
@example("")
def test_a_keyword_is_not_recognised_if_the_text_has_other_words(body: str) -> None:
    if body.strip().upper() not in WORDS:
        assert recognise(body, toll_free=False) is None
        assert recognise(body, toll_free=True) is None


async def say(sim: LiveSimulator, to: str, body: str, person: str = PERSON) -> str:
    sent = await sim.post("/sim/inbound", {"from": person, "to": to, "body": body})
    return str(sent["sid"])


async def replies(acme: Tenant, person: str = PERSON) -> list[Any]:
    """Return the replies to the person, oldest first."""
    found = await call(lambda: acme.client.messages.list(to=person))
    return [message for message in reversed(found) if message.direction == "outbound-reply"]


async def code_of_send(acme: Tenant, to: str = PERSON, **sender: str) -> int:
    """Send a text to `to`. Return Twilio's error code, or 0 if the text is accepted."""
    chosen = sender or {"messaging_service_sid": acme.service_sid}

    def send() -> Any:
        return acme.client.messages.create(to=to, body="hi", **chosen)

    found = await call(lambda: _code(send))
    return int(found)


def _code(send: Any) -> int:
    try:
        send()
    except TwilioRestException as refused:
        return int(refused.code)
    return 0


async def test_each_keyword_gets_a_reply_with_twilios_text(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    for word in ("HELP", "STOP", "START"):
        await say(sim, acme.number, word)
    answered = await replies(acme)
    assert [message.body for message in answered] == [HELPED, STOPPED, STARTED]
    assert {(m.from_, m.messaging_service_sid) for m in answered} == {
        (acme.number, acme.service_sid)
    }


async def test_replies_to_keywords_reach_opted_out_people_and_are_free(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await say(sim, acme.number, "STOP")
    await sim.quiet()
    [answer] = await replies(acme)
    assert (answer.status, float(answer.price or 0)) == ("delivered", 0.0)


async def test_a_stop_text_to_one_number_of_a_messaging_service_blocks_all_its_numbers(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    [second] = await more_numbers(acme, "213")
    await say(sim, second, "STOP")
    assert await code_of_send(acme) == 21610
    assert await code_of_send(acme, from_=acme.number) == 21610
    assert await code_of_send(acme, from_=second) == 21610
    assert await code_of_send(acme, to=NEIGHBOUR) == 0


async def test_a_stop_text_to_a_number_without_a_messaging_service_blocks_only_that_number(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    alone = await call(lambda: acme.client.incoming_phone_numbers.create(area_code="303"))
    await say(sim, alone.phone_number, "STOP")
    assert await code_of_send(acme, from_=alone.phone_number) == 21610
    assert await code_of_send(acme) == 0
    await say(sim, acme.number, "START")
    assert await code_of_send(acme, from_=alone.phone_number) == 21610


async def test_a_stop_text_to_one_account_does_not_affect_another(sim: LiveSimulator) -> None:
    acme, other = await tenant(sim), await tenant(sim)
    await say(sim, acme.number, "STOP")
    assert await code_of_send(acme) == 21610
    assert await code_of_send(other) == 0


async def test_opt_outs_do_not_move_with_a_number_to_another_account(
    sim: LiveSimulator,
) -> None:
    acme, other, master = await tenant(sim), await tenant(sim), client(sim.url)
    alone = await call(lambda: acme.client.incoming_phone_numbers.create(area_code="303"))
    await say(sim, alone.phone_number, "STOP")
    moved = master.api.v2010.accounts(acme.sid).incoming_phone_numbers(alone.sid)
    await call(lambda: moved.update(account_sid=other.sid))
    assert await code_of_send(other, from_=alone.phone_number) == 0


async def test_another_service_of_the_account_can_still_text_the_person(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await say(sim, acme.number, "STOP")

    def second() -> str:
        made = acme.client.messaging.v1.services.create(friendly_name="Second")
        number = acme.client.incoming_phone_numbers.create(area_code="312")
        acme.client.messaging.v1.services(made.sid).phone_numbers.create(number.sid)
        return str(made.sid)

    assert await code_of_send(acme, messaging_service_sid=await call(second)) == 0


@pytest.mark.parametrize("word", START)
async def test_start_keywords_allow_texts_to_the_person_again(
    sim: LiveSimulator, word: str
) -> None:
    acme = await tenant(sim)
    await say(sim, acme.number, "STOP")
    await say(sim, acme.number, word.lower())
    assert await code_of_send(acme) == 0


async def test_a_refused_text_is_not_stored(sim: LiveSimulator) -> None:
    acme = await tenant(sim)
    await say(sim, acme.number, "STOP")
    asked = {"to": PERSON, "messaging_service_sid": acme.service_sid, "body": "hi"}
    assert await refusal(lambda: acme.client.messages.create(**asked)) == (400, 21610)
    listed = await call(acme.client.messages.list)
    assert {message.direction for message in listed} == {"inbound", "outbound-reply"}


async def test_texts_of_an_opted_out_person_are_still_received(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    for body in ("STOP", "wait, one more thing"):
        await say(sim, acme.number, body)

    async def heard() -> bool:
        return len(receiver.at("/in")) == 2

    await eventually(heard)
    assert {hook.form["Body"] for hook in receiver.at("/in")} == {"STOP", "wait, one more thing"}


async def test_an_inbound_text_can_set_the_opt_out_type_of_its_webhook(
    sim: LiveSimulator, receiver: Receiver
) -> None:
    acme = await tenant(sim, inbound=receiver.url("/in"))
    text = {"from": PERSON, "to": acme.number, "body": "ARRET", "optOutType": "STOP"}
    await sim.post("/sim/inbound", text)

    async def heard() -> bool:
        return len(receiver.at("/in")) == 1

    await eventually(heard)
    assert receiver.at("/in")[0].form["OptOutType"] == "STOP"


async def test_toll_free_numbers_reply_to_keywords_with_the_networks_own_text(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    bought = await call(
        lambda: acme.client.incoming_phone_numbers.create(phone_number="+18885550112")
    )
    for word in ("stop", "unstop"):
        await say(sim, bought.phone_number, word)
    stopped, started = [message.body for message in await replies(acme)]
    assert stopped.startswith('NETWORK MSG: You replied with the word "stop" which blocks all')
    assert started.startswith('NETWORK MSG: You have replied "unstop" and will begin receiving')
    assert await code_of_send(acme, from_=bought.phone_number) == 0
