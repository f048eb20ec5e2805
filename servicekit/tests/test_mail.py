"""Mail is sent through Postmark once, and Postmark's errors become the platform's own errors."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from servicekit.errors import InvalidInput, Unavailable
from servicekit.mail import Mail, Mailer
from tests.fixtures.running import POSTMARK_TOKEN, Simulator, listening

SENDER = "smsblaster@example.com"


@pytest.fixture
async def mailer(simulator: Simulator) -> AsyncIterator[Mailer]:
    mailer = Mailer(simulator.postmark_url, POSTMARK_TOKEN, SENDER)
    yield mailer
    await mailer.close()
    httpx.delete(f"{simulator.url}/sim/faults").raise_for_status()


@pytest.fixture
async def templates(simulator: Simulator) -> AsyncIterator[Mailer]:
    """Return a mailer that makes its mails from templates with the prefix ``mail.``."""
    mailer = Mailer(simulator.postmark_url, POSTMARK_TOKEN, SENDER, "mail.")
    yield mailer
    await mailer.close()


def address(domain: str = "example.com") -> str:
    """Return an email address to which no mail was sent before."""
    return f"{uuid4().hex}@{domain}"


def mail(*to: str) -> Mail:
    return Mail(to, "Subject", "Text", "<p>Html</p>", "test", {"name": "Ann"})


def spoil(simulator: Simulator, **fault: Any) -> None:
    body = {"provider": "postmark", **fault}
    httpx.post(f"{simulator.url}/sim/faults", json=body).raise_for_status()


async def test_a_mail_reaches_all_its_recipients(mailer: Mailer, simulator: Simulator) -> None:
    first, second = address(), address()
    await mailer.send(mail(first, second))
    [found] = simulator.mails(first)
    assert found["Recipients"] == [first, second]
    assert (found["From"], found["Subject"], found["Tag"]) == (SENDER, "Subject", "test")
    assert (found["TextBody"], found["HtmlBody"]) == ("Text", "<p>Html</p>")


async def test_a_deactivated_address_is_left_out_and_the_mail_reaches_the_others(
    mailer: Mailer, simulator: Simulator
) -> None:
    alive, dead = address(), address("inactive.example")
    with capture_logs() as logs:
        await mailer.send(mail(dead, alive))
        await mailer.send(mail(dead))
    assert [found["Recipients"] for found in simulator.mails(alive)] == [[alive]]
    assert not simulator.mails(dead)
    assert [entry["event"] for entry in logs] == ["mail_to_inactive_address"] * 2
    assert dead not in repr(logs)


async def test_a_mail_has_the_text_of_its_template_and_is_found_by_its_reference(
    templates: Mailer, simulator: Simulator
) -> None:
    simulator.add_template("mail.test", "Hello {{name}}", "Dear {{name}}", "<b>{{name}}</b>")
    to, dead, reference = address(), address("inactive.example"), uuid4().hex
    await templates.send(replace(mail(dead, to), reference=reference))
    [found] = simulator.mails(to)
    assert (found["From"], found["Tag"], found["Recipients"]) == (SENDER, "test", [to])
    assert (found["Subject"], found["TextBody"]) == ("Hello Ann", "Dear Ann")
    assert found["HtmlBody"] == "<b>Ann</b>"
    assert await templates.was_sent(reference)


async def test_a_mail_whose_template_is_missing_is_sent_with_the_built_in_text(
    templates: Mailer, simulator: Simulator
) -> None:
    to, reference = address(), uuid4().hex
    with capture_logs() as logs:
        await templates.send(replace(mail(to), tag="unknown", reference=reference))
    fault = {"event": "mail_template_at_fault", "log_level": "warning"}
    assert logs == [{**fault, "alias": "mail.unknown", "code": 1101}]
    [found] = simulator.mails(to)
    assert (found["Subject"], found["TextBody"]) == ("Subject", "Text")
    assert (found["Tag"], found["HtmlBody"]) == ("unknown", "<p>Html</p>")
    assert await templates.was_sent(reference)


@pytest.mark.parametrize("no_address", ["nobody", "nobody@nowhere"])
async def test_the_error_for_an_invalid_recipient_contains_the_address(
    mailer: Mailer, templates: Mailer, simulator: Simulator, no_address: str
) -> None:
    simulator.add_template("mail.test", "Hello", "Dear", "")
    for sent_by in (mailer, templates):
        with pytest.raises(InvalidInput) as refusal:
            await sent_by.send(mail(no_address))
        assert (refusal.value.fields[0].field, refusal.value.code) == ("email", "mail_refused")


@pytest.mark.parametrize(("subject", "text"), [("Hello", ""), ("Hello" * 500, "Dear {{name}}")])
async def test_a_mail_whose_template_has_an_error_is_sent_with_the_built_in_text(
    templates: Mailer, simulator: Simulator, subject: str, text: str
) -> None:
    to, tag = address(), uuid4().hex
    simulator.add_template(f"mail.{tag}", subject, text, "")
    with capture_logs() as logs:
        await templates.send(replace(mail(to), tag=tag))
    fault = {"event": "mail_template_at_fault", "log_level": "warning"}
    assert logs == [{**fault, "alias": f"mail.{tag}", "code": 300}]
    [found] = simulator.mails(to)
    assert (found["Subject"], found["TextBody"]) == ("Subject", "Text")


@pytest.mark.parametrize("fault", [{"status": 503}, {"drop_before": True}])
async def test_an_outage_of_postmark_is_not_mistaken_for_a_faulty_template(
    templates: Mailer, simulator: Simulator, fault: dict[str, Any]
) -> None:
    to = address()
    spoil(simulator, **fault, count=1)
    with pytest.raises(Unavailable):
        await templates.send(mail(to))
    assert not simulator.mails(to)


async def test_postmarks_error_about_our_own_address_is_not_blamed_on_the_recipient(
    simulator: Simulator,
) -> None:
    mailer = Mailer(simulator.postmark_url, POSTMARK_TOKEN, "nobody")
    with pytest.raises(Unavailable):
        await mailer.send(mail(address()))
    await mailer.close()


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"drop_before": True}])
async def test_an_outage_of_postmark_raises_unavailable_and_no_mail_is_sent_twice(
    mailer: Mailer, simulator: Simulator, fault: dict[str, Any]
) -> None:
    to = address()
    spoil(simulator, **fault, count=1)
    with pytest.raises(Unavailable):
        await mailer.send(mail(to))
    assert not simulator.mails(to)


async def test_a_mail_is_not_sent_again_if_postmarks_response_was_lost(
    mailer: Mailer, simulator: Simulator
) -> None:
    to = address()
    spoil(simulator, accept_then_drop=True, count=1)
    with pytest.raises(Unavailable):
        await mailer.send(mail(to))
    assert len(simulator.mails(to)) == 1


async def test_a_sent_mail_can_be_found_by_its_reference(
    mailer: Mailer, simulator: Simulator
) -> None:
    reference = uuid4().hex
    assert not await mailer.was_sent(reference)
    spoil(simulator, accept_then_drop=True, count=1)
    with pytest.raises(Unavailable):
        await mailer.send(replace(mail(address()), reference=reference))
    assert await mailer.was_sent(reference)
    assert not await mailer.was_sent(uuid4().hex)


async def test_a_wrong_postmark_token_raises_unavailable_and_is_never_logged(
    simulator: Simulator,
) -> None:
    mailer = Mailer(simulator.postmark_url, "wrong-token", SENDER)
    with capture_logs() as logs, pytest.raises(Unavailable):
        await mailer.send(mail(address()))
    with pytest.raises(Unavailable):
        await mailer.was_sent("reference")
    await mailer.close()
    assert [entry["event"] for entry in logs] == ["mail_refused"]
    assert "wrong-token" not in repr(logs)


async def test_a_refused_connection_to_postmark_raises_unavailable() -> None:
    mailer = Mailer(f"http://{listening()}", "token", SENDER)
    with pytest.raises(Unavailable):
        await mailer.send(mail(address()))
    with pytest.raises(Unavailable):
        await mailer.was_sent("reference")
    await mailer.close()
