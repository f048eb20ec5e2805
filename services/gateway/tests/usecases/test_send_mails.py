"""Mails are sent after the commit, and none is lost in an outage of the mail service."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import RowMapping, text

from servicekit.db.database import Database
from servicekit.identity import Identity
from servicekit.mail import Mailer
from servicekit.mail_templates import templates
from services.gateway.app import run_job
from services.gateway.domain.mails import (
    ALERTS,
    INVITATION,
    KINDS,
    Addressee,
    compose,
)
from services.gateway.settings import GatewaySettings
from services.gateway.storage.session_tokens import SessionTokens
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.tests.mailbox import tokens
from services.gateway.tests.members import PASSWORD
from services.gateway.usecases.manage_invitations import ManageInvitations
from services.gateway.usecases.recover_account import RecoverAccount
from services.gateway.usecases.register import Register, SignUp
from services.gateway.usecases.send_mails import SendMails
from simulator.postmark.templates import render
from tests.fixtures.running import POSTMARK_TOKEN, Simulator

APP = "https://app.test"


@dataclass
class MailFixture:
    """A database in which no jobs run, and a user who has just signed up."""

    database: Database
    simulator: Simulator
    send_mails: SendMails
    email: str

    async def execute(self, statement: str) -> None:
        async with self.database.system() as connection:
            await connection.execute(text(statement))

    async def owner(self) -> Identity:
        async with self.database.system() as connection:
            user = (await connection.execute(text("SELECT id, org_id FROM users"))).one()
        return Identity("gateway", user.org_id, user.id, roles=frozenset({"owner"}))

    async def mail(self) -> RowMapping:
        """Return the newest queued mail."""
        async with self.database.system() as connection:
            query = text("SELECT * FROM mails ORDER BY id DESC LIMIT 1")
            return (await connection.execute(query)).mappings().one()

    async def attempts(self) -> list[int]:
        """Return how often each mail was tried, in ascending order."""
        async with self.database.system() as connection:
            query = text("SELECT attempts FROM mails ORDER BY attempts")
            return list((await connection.scalars(query)).all())

    def spoil(self, **fault: Any) -> None:
        body = {"provider": "postmark", "method": "POST", "count": 1, **fault}
        httpx.post(f"{self.simulator.url}/sim/faults", json=body).raise_for_status()

    def add_template(self, alias: str) -> None:
        link = "{{action_url}}"
        self.simulator.add_template(
            alias, f"{alias} for {{{{org_name}}}}", f"Open {link}", f'<a href="{link}">Open</a>'
        )

    def verifications(self) -> list[str]:
        return tokens(self.simulator, self.email, "/verify")


@pytest.fixture
async def mailing(
    migrated_database: Callable[[str], str], simulator: Simulator, signing_keys: SigningKeys
) -> AsyncIterator[MailFixture]:
    database = Database(migrated_database("gateway"), 2)
    mailer = Mailer(simulator.postmark_url, POSTMARK_TOKEN, "hello@smsblaster.test")
    email = f"{uuid4().hex}@example.com"
    tokens_of_sessions = SessionTokens(signing_keys, timedelta(days=90))
    sign_up = SignUp(email, PASSWORD, "Ann", "Acme")
    await Register(database, tokens_of_sessions).register(sign_up)
    yield MailFixture(database, simulator, SendMails(database, mailer, APP), email)
    await mailer.close()
    await database.close()
    httpx.delete(f"{simulator.url}/sim/faults").raise_for_status()


async def test_a_mail_is_sent_once(mailing: MailFixture) -> None:
    for _ in range(2):
        await mailing.send_mails.send_due()
    assert len(mailing.verifications()) == 1
    assert (await mailing.mail())["sent_at"] is not None


async def test_a_mail_is_retried_after_an_outage_of_the_mail_service(
    mailing: MailFixture,
) -> None:
    mailing.spoil(status=503)
    await mailing.send_mails.send_due()
    waiting = await mailing.mail()
    assert (waiting["sent_at"], waiting["given_up_at"], waiting["attempts"]) == (None, None, 1)
    assert waiting["due_at"] > waiting["created_at"]
    await mailing.send_mails.send_due()
    assert mailing.verifications() == []
    await mailing.execute("UPDATE mails SET due_at = now()")
    await mailing.send_mails.send_due()
    assert len(mailing.verifications()) == 1


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE users SET email_verified_at = now()",
        "UPDATE mails SET created_at = now() - interval '25 hours'",
    ],
)
async def test_a_mail_that_is_no_longer_needed_is_not_sent(
    mailing: MailFixture, change: str
) -> None:
    await mailing.execute(change)
    await mailing.send_mails.send_due()
    assert mailing.verifications() == []
    assert (await mailing.mail())["given_up_at"] is not None


async def test_a_mail_is_not_sent_again_if_the_response_of_the_mail_service_was_lost(
    mailing: MailFixture,
) -> None:
    mailing.spoil(accept_then_drop=True)
    await mailing.send_mails.send_due()
    assert (await mailing.mail())["sent_at"] is None
    assert len(mailing.verifications()) == 1
    await mailing.execute("UPDATE mails SET due_at = now()")
    await mailing.send_mails.send_due()
    assert (await mailing.mail())["sent_at"] is not None
    assert len(mailing.verifications()) == 1


async def test_while_the_mail_service_is_down_each_run_tries_only_one_mail(
    mailing: MailFixture,
) -> None:
    await RecoverAccount(mailing.database).request_reset(mailing.email)
    mailing.spoil(status=503)
    await mailing.send_mails.send_due()
    assert await mailing.attempts() == [0, 1]
    await mailing.send_mails.send_due()
    assert await mailing.attempts() == [1, 1]


async def test_a_mail_to_an_invalid_address_is_given_up(mailing: MailFixture) -> None:
    await mailing.execute("UPDATE users SET email = 'nobody'")
    await mailing.send_mails.send_due()
    assert (await mailing.mail())["given_up_at"] is not None


async def test_a_mail_that_failed_many_times_is_still_tried(mailing: MailFixture) -> None:
    await mailing.execute("UPDATE mails SET attempts = 5000")
    mailing.spoil(status=503)
    await mailing.send_mails.send_due()
    assert (await mailing.mail())["attempts"] == 5001


async def test_a_reset_is_mailed_only_to_the_account_that_it_is_for(
    mailing: MailFixture,
) -> None:
    await RecoverAccount(mailing.database).request_reset(f"  {mailing.email.upper()}")
    await RecoverAccount(mailing.database).request_reset("x" + mailing.email)
    await mailing.send_mails.send_due()
    assert len(tokens(mailing.simulator, mailing.email, "/reset")) == 1
    assert tokens(mailing.simulator, "x" + mailing.email, "/reset") == []


@pytest.fixture
def own_templates(settings: GatewaySettings) -> GatewaySettings:
    """Return settings with which all mails use templates."""
    return settings.model_copy(update={"postmark_templates": "own-"})


async def send_all(mailing: MailFixture, settings: GatewaySettings) -> None:
    await mailing.execute("UPDATE mails SET due_at = now()")
    assert await run_job(settings, mailing.database, "send-mails")


async def test_each_kind_of_mail_is_made_from_its_template(
    mailing: MailFixture, own_templates: GatewaySettings
) -> None:
    pages = {"email-verification": "/verify", "password-reset": "/reset"}
    for kind in (*pages, "invitation"):
        mailing.add_template(f"own-{kind}")
    guest = f"{uuid4().hex}@example.com"
    await RecoverAccount(mailing.database).request_reset(mailing.email)
    await ManageInvitations(mailing.database).invite(await mailing.owner(), guest, "member")
    await send_all(mailing, own_templates)
    mails = {mail["Tag"]: mail for mail in mailing.simulator.mails(mailing.email)}
    [mails["invitation"]] = mailing.simulator.mails(guest)
    for kind, page in {**pages, "invitation": "/accept-invitation"}.items():
        link = mails[kind]["TextBody"].removeprefix("Open ")
        assert link.startswith(f"{APP}{page}?token=")
        assert mails[kind]["Subject"] == f"own-{kind} for Acme"
        assert mails[kind]["HtmlBody"] == f'<a href="{link}">Open</a>'


async def test_a_mail_without_its_template_is_sent_with_the_built_in_text(
    mailing: MailFixture, own_templates: GatewaySettings
) -> None:
    for _ in range(2):
        await send_all(mailing, own_templates.model_copy(update={"postmark_templates": "none-"}))
    assert len(mailing.verifications()) == 1
    assert (await mailing.mail())["sent_at"] is not None


def test_the_shipped_templates_match_the_built_in_texts() -> None:
    shipped = {each["Alias"]: each for each in templates("")}
    addressee = Addressee("a@example.com", "Acme", "bea@example.com")
    for kind in KINDS:
        mail = compose(kind, addressee, APP, "" if kind in ALERTS else "token", "1")
        template = shipped[mail.tag]
        words = {"Subject": mail.subject, "TextBody": mail.text, "HtmlBody": mail.html}
        assert {name: render(template[name], mail.model) for name in words} == words


def test_a_name_cannot_change_the_format_of_a_mail() -> None:
    guest = Addressee("a@example.com", "<b>Evil\r\nBcc: x</b>")
    mail = compose(INVITATION, guest, f"{APP}/", "a&b", "1")
    assert "\n" not in mail.subject
    assert "<b>" not in mail.html
    assert "&lt;b&gt;Evil Bcc: x&lt;/b&gt;" in mail.html
    assert f"{APP}/accept-invitation?token=a%26b" in mail.text
    assert mail.tag == "invitation"
    assert mail.model["org_name"] == "<b>Evil Bcc: x</b>"
