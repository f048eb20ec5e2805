"""Use the web pages through their forms, as people do."""

from typing import Any

from simulator.tests.conftest import POSTMARK_TOKEN, LiveSimulator
from simulator.tests.stripe_client import opened, paid
from simulator.tests.twilio_client import call, tenant

PERSON = "+12125550123"
SCRIPT = "<script>alert(1)</script>"


async def read(sim: LiveSimulator, path: str) -> str:
    async with sim.http.get(path) as response:
        assert response.status == 200
        return await response.text()


async def press(sim: LiveSimulator, path: str, **fields: Any) -> str:
    async with sim.http.post(path, data=fields) as response:
        assert response.status == 200
        return await response.text()


async def test_empty_pages_say_that_there_is_nothing_yet(sim: LiveSimulator) -> None:
    assert "Nothing has been sent yet." in await read(sim, "/")
    for path in ("/phones", "/payments", "/outbox", "/registrations", "/faults"):
        assert "<nav>" in await read(sim, path)


async def test_a_person_reads_a_text_and_answers_stop_on_the_phones_page(
    sim: LiveSimulator,
) -> None:
    acme = await tenant(sim)
    await call(lambda: acme.client.messages.create(to=PERSON, from_=acme.number, body=SCRIPT))
    await sim.quiet()
    overview = await read(sim, "/")
    assert f'href="/phones/{PERSON}"' in overview
    assert SCRIPT not in overview
    talk = await read(sim, f"/phones/{PERSON}")
    assert "&lt;script&gt;" in talk
    assert SCRIPT not in talk
    after = await press(sim, f"/phones/{PERSON}", to=acme.number, body="STOP")
    assert "unsubscribed" in after


async def test_the_page_of_any_phone_number_can_be_opened(sim: LiveSimulator) -> None:
    assert f"Phone {PERSON}" in await press(sim, "/phones", number="(212) 555-0123")


async def test_buttons_refund_and_dispute_a_payment(sim: LiveSimulator) -> None:
    session = await paid(sim)
    intent = session.payment_intent.id
    assert intent in await press(sim, "/payments", action="refund", id=intent)
    payment = (await sim.get("/sim/record/payments"))["payments"][0]
    assert payment["amount_refunded"] == 5000
    assert "already been refunded" in await press(sim, "/payments", action="refund", id=intent)
    await press(sim, "/payments", action="dispute", id=intent)
    dispute = (await sim.get("/sim/record/payments"))["payments"][0]["disputes"][0]
    await press(sim, "/payments", action="lost", id=dispute["id"])
    closed = (await sim.get("/sim/record/payments"))["payments"][0]["disputes"][0]
    assert closed["status"] == "lost"


async def test_a_button_lets_a_delayed_payment_arrive(sim: LiveSimulator) -> None:
    session = await opened(sim)
    await sim.post(f"/sim/stripe/pay/{session.id}", {"async": True})
    assert "Money arrives" in await read(sim, "/payments")
    await press(sim, "/payments", action="arrive", id=session.id)
    payment = (await sim.get("/sim/record/payments"))["payments"][0]
    assert (payment["status"], payment["amount_received"]) == ("succeeded", 5000)


async def test_scripts_in_a_mail_do_not_run(sim: LiveSimulator) -> None:
    mail = {
        "From": "a@example.com",
        "To": "b@example.com",
        "Subject": SCRIPT,
        "HtmlBody": SCRIPT,
        "TextBody": "Open https://example.com/reset?token=1 now",
    }
    headers = {"X-Postmark-Server-Token": POSTMARK_TOKEN}
    async with sim.http.post("/api.postmarkapp.com/email", json=mail, headers=headers) as sent:
        message_id = (await sent.json())["MessageID"]
    assert f"/outbox/{message_id}" in await read(sim, "/outbox")
    text = await read(sim, f"/outbox/{message_id}")
    assert 'sandbox="allow-top-navigation-by-user-activation"' in text
    assert '<a href="https://example.com/reset?token=1">' in text
    assert SCRIPT not in text


async def test_faults_are_set_and_cleared_on_their_page(sim: LiveSimulator) -> None:
    plan = '{"faults": [{"provider": "twilio", "status": 429}]}'
    assert "429" in await press(sim, "/faults", plan=plan)
    assert len((await sim.get("/sim/faults"))["faults"]) == 1
    assert "Extra inputs" in await press(sim, "/faults", plan='{"nonsense": 1}')
    assert "No faults are set." in await press(sim, "/faults", plan="")
