"""Organisations with a low balance are alerted, at most once in 24 hours."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from servicekit.db.database import Database
from servicekit.errors import Unavailable
from servicekit.mail import Mailer
from services.billing import app
from services.billing.jobs.alert_low_balances import alert_low_balances
from services.billing.settings import BillingSettings
from services.billing.storage import settings
from services.billing.storage.alerts import Alert
from services.billing.storage.settings import AlertSettings
from services.billing.tests.money import pay_in
from services.billing.usecases.alert_low_balances import AlertLowBalances
from services.billing.usecases.send_alerts import SendAlerts
from smsblaster.billing.v1 import events_pb2
from tests.fixtures.customer_events import subscribe, told
from tests.fixtures.running import POSTMARK_TOKEN, Person, Simulator

PHONE = "+14155550142"


@dataclass(frozen=True)
class Office:
    """An organisation and the mails to it, in a database for one test."""

    database: Database
    simulator: Simulator
    send: SendAlerts
    person: Person = field(default_factory=Person)
    address: str = field(default_factory=lambda: f"{uuid4().hex}@example.com")

    async def set_minimum(
        self, minimum: int, sms_alert_to: str | None = None, *emails: str
    ) -> None:
        wanted = AlertSettings("Acme", minimum, emails or (self.address,), sms_alert_to)
        async with self.database.org(self.person.org_id) as connection:
            await settings.replace(connection, self.person.org_id, wanted)

    async def add_user_with(self, cents: int) -> None:
        """Add a user whose balance is ``cents``."""
        await pay_in(self.database, Person(org_id=self.person.org_id), cents)

    async def run_job(self) -> None:
        """Run the job that alerts organisations with a low balance."""
        await alert_low_balances(AlertLowBalances(self.database, "usd"), self.send)

    async def move_last_alert_back(self, hours: float) -> None:
        """Move the last alert ``hours`` into the past."""
        await self.execute(
            "UPDATE billing_settings SET alerted_at = alerted_at - make_interval(secs => :seconds)",
            seconds=hours * 3600,
        )

    async def expire_leases(self) -> None:
        await self.execute("UPDATE notifications SET due_at = now() WHERE sent_at IS NULL")

    async def execute(self, statement: str, **parameters: object) -> None:
        async with self.database.org(self.person.org_id) as connection:
            await connection.execute(text(statement), parameters)

    async def stored_alerts(self) -> list[Alert]:
        query = text(
            "SELECT id, org_id, type, payload, attempts, sent_at, created_at"
            " FROM notifications WHERE org_id = :org_id ORDER BY id DESC"
        )
        async with self.database.org(self.person.org_id) as connection:
            rows = await connection.execute(query, {"org_id": self.person.org_id})
            return [Alert(*row) for row in rows]

    async def low_balance_events(self) -> list[events_pb2.LowBalance]:
        async with self.database.system() as connection:
            rows = await connection.execute(
                text("SELECT payload FROM outbox WHERE subject = 'event.billing.low_balance'")
            )
            return [events_pb2.LowBalance.FromString(payload) for payload in rows.scalars()]

    def mails(self) -> list[dict[str, Any]]:
        return self.simulator.mails(self.address)

    def fail_mail(self, **fault: Any) -> None:
        body = {"provider": "postmark", "method": "POST", "count": 1, **fault}
        httpx.post(f"{self.simulator.url}/sim/faults", json=body).raise_for_status()


@pytest.fixture
async def office(
    migrated_database: Callable[[str], str], simulator: Simulator
) -> AsyncIterator[Office]:
    database = Database(migrated_database("billing"))
    mailer = Mailer(simulator.postmark_url, POSTMARK_TOKEN, "smsblaster@example.com")
    yield Office(database, simulator, SendAlerts(database, mailer, "https://app.test"))
    await mailer.close()
    await database.close()
    httpx.delete(f"{simulator.url}/sim/faults").raise_for_status()


async def test_an_alert_about_balances_below_the_minimum_is_mailed_and_listed(
    office: Office,
) -> None:
    await office.set_minimum(1000)
    await office.add_user_with(400)
    await office.add_user_with(500)
    await office.run_job()
    [mail] = office.mails()
    assert mail["Subject"] == "Acme: SMS balance is low (9.00 USD)"
    [alert] = await office.stored_alerts()
    assert alert.sent_at
    assert alert.details["balance_cents"] == 900


async def test_no_alert_is_created_with_enough_balance_or_without_a_minimum(office: Office) -> None:
    await office.set_minimum(1000)
    await office.add_user_with(400)
    await office.add_user_with(600)
    await office.run_job()
    await office.set_minimum(0)
    await office.run_job()
    assert not office.mails()
    assert not await office.stored_alerts()


async def test_an_organisation_that_never_topped_up_is_alerted(office: Office) -> None:
    await office.set_minimum(1)
    await office.run_job()
    assert len(office.mails()) == 1


async def test_at_most_one_alert_is_sent_within_24_hours(office: Office) -> None:
    await office.set_minimum(1000)
    await office.run_job()
    await office.set_minimum(2000)  # changed settings don't cause another alert
    await office.move_last_alert_back(hours=22)
    await office.run_job()
    assert len(office.mails()) == 1
    await office.move_last_alert_back(hours=2)
    await office.run_job()
    assert len(office.mails()) == 2


async def test_an_alert_that_is_due_within_24_hours_of_the_last_one_is_sent_after_these_hours(
    office: Office,
) -> None:
    await office.set_minimum(1000)
    await office.run_job()
    await office.move_last_alert_back(hours=23.5)
    await office.run_job()
    assert len(office.mails()) == 1
    newest, _ = await office.stored_alerts()
    assert newest.sent_at is None
    await office.expire_leases()
    await office.send.send_due()
    assert len(office.mails()) == 2


async def test_concurrent_runs_of_the_alert_job_create_one_alert(office: Office) -> None:
    await office.set_minimum(1000)
    await asyncio.gather(*(office.run_job() for _ in range(6)))
    assert len(office.mails()) == 1
    assert len(await office.stored_alerts()) == 1


async def test_a_failed_mail_is_sent_later(office: Office) -> None:
    await office.set_minimum(1000)
    office.fail_mail(status=503)
    with pytest.raises(Unavailable):
        await office.run_job()
    await office.send.send_due()  # still claimed
    assert not office.mails()
    await office.expire_leases()
    await office.send.send_due()
    assert len(office.mails()) == 1
    [alert] = await office.stored_alerts()
    assert alert.sent_at


async def test_a_mail_sent_before_a_crash_is_not_sent_again(office: Office) -> None:
    await office.set_minimum(1000)
    office.fail_mail(accept_then_drop=True)
    with pytest.raises(Unavailable):
        await office.run_job()
    await office.expire_leases()
    await office.send.send_due()
    assert len(office.mails()) == 1
    [alert] = await office.stored_alerts()
    assert alert.sent_at


async def test_an_alert_without_email_addresses_is_listed_and_not_mailed(office: Office) -> None:
    await office.set_minimum(1000)
    await office.execute("UPDATE billing_settings SET notify_emails = '{}'")
    await office.run_job()
    assert not office.mails()
    [alert] = await office.stored_alerts()
    assert alert.sent_at


async def test_an_alert_by_text_is_requested_if_a_balance_covers_it(office: Office) -> None:
    await office.set_minimum(1000, PHONE)
    await office.add_user_with(1)
    await pay_in(office.database, office.person, 300)
    await office.run_job()
    [event] = await office.low_balance_events()
    [alert] = await office.stored_alerts()
    assert event.notification_id == str(alert.id)
    assert (event.text.to, event.text.payer_user_id) == (PHONE, str(office.person.user_id))
    assert "3.01 USD" in event.text.body


async def test_webhook_endpoints_get_an_event_about_a_low_balance(office: Office) -> None:
    await subscribe(office.database, office.person.org_id, "balance.low")
    await office.set_minimum(1000)
    await office.run_job()
    [(type_, data)] = await told(office.database, office.person.org_id)
    low: Any = data
    assert (type_, low.balance_cents, low.min_balance_cents) == ("balance.low", 0, 1000)
    assert low.currency == "usd"


@pytest.mark.parametrize(
    ("phone", "cents"),
    [(None, 300), (PHONE, 0), ("+447911123457", 5), ("+33612345678", 9), ("+5491123456789", 300)],
)
async def test_no_alert_by_text_is_requested_if_none_is_wanted_or_no_balance_covers_it(
    office: Office, phone: str | None, cents: int
) -> None:
    await office.set_minimum(1000, phone)
    if cents:
        await office.add_user_with(cents)
    await office.run_job()
    [event] = await office.low_balance_events()
    assert not event.HasField("text")
    assert len(office.mails()) == 1


async def test_inactive_email_addresses_do_not_stop_the_alert_to_the_others(office: Office) -> None:
    await office.set_minimum(1000, None, "gone@inactive.example", office.address)
    await office.run_job()
    assert len(office.mails()) == 1


@pytest.fixture
def own_settings(office: Office, billing_settings: BillingSettings) -> BillingSettings:
    """Return settings of a billing service with the office's database."""
    url = office.database.engine.url.set(drivername="postgresql")
    return billing_settings.model_copy(
        update={"database_url": SecretStr(url.render_as_string(hide_password=False))}
    )


async def test_the_alert_job_can_be_run_manually(
    office: Office, own_settings: BillingSettings
) -> None:
    await office.set_minimum(1000)
    assert await app.run_job(own_settings, "alert-low-balances")
    assert len(office.mails()) == 1


async def test_an_alert_is_written_from_the_template_of_its_mail(
    office: Office, own_settings: BillingSettings
) -> None:
    templates = own_settings.model_copy(update={"postmark_templates": "own-"})
    office.simulator.add_template(
        "own-low-balance",
        "{{org_name}} has {{balance}}",
        "It should have {{min_balance}}",
        '<a href="{{action_url}}">Add</a>',
    )
    await office.set_minimum(1000)
    await office.add_user_with(900)
    await app.run_job(templates, "alert-low-balances")
    [mail] = office.mails()
    assert mail["Subject"] == "Acme has 9.00 USD"
    assert mail["TextBody"] == "It should have 10.00 USD"
    assert mail["HtmlBody"] == '<a href="http://console.test/billing">Add</a>'


async def test_an_alert_with_a_missing_template_has_the_default_text(
    office: Office, own_settings: BillingSettings
) -> None:
    await office.set_minimum(1000)
    await office.add_user_with(900)
    missing = own_settings.model_copy(update={"postmark_templates": "none-"})
    await app.run_job(missing, "alert-low-balances")
    [mail] = office.mails()
    assert mail["Subject"] == "Acme: SMS balance is low (9.00 USD)"
