"""A test alert goes to the user who asks for it, and to nobody else."""

import pytest

from servicekit.errors import Forbidden, Unavailable
from servicekit.identity import acting_as
from servicekit.mail import Mailer
from services.billing.tests.jobs.test_alert_low_balances import Office, office
from services.billing.tests.member import Member
from services.billing.usecases.send_test_alert import SendTestAlert
from smsblaster.billing.v1 import settings_pb2, settings_pb2_grpc
from tests.fixtures.running import POSTMARK_TOKEN, Person

__all__ = ["office"]


@pytest.fixture
def colleague(office: Office) -> str:
    """Return an email address that is in the organisation's billing settings."""
    return f"colleague-{office.address}"


async def test_a_test_alert_has_the_present_balance_and_says_that_it_is_a_test(
    office: Office, colleague: str
) -> None:
    await office.set_minimum(1000, None, colleague)
    await office.add_user_with(2500)
    mailer = Mailer(office.simulator.postmark_url, POSTMARK_TOKEN, "smsblaster@example.com")
    test = SendTestAlert(office.database, mailer, "usd", "https://app.test")
    await test.send(office.person.org_id, "Acme", office.address)
    await mailer.close()
    [mail] = office.mails()
    assert mail["Subject"] == "Test: Acme: SMS balance is low (25.00 USD)"
    assert "is 25.00 USD. Your minimum is 10.00 USD." in mail["TextBody"]
    assert "This is a test" in mail["TextBody"]
    assert office.simulator.mails(colleague) == []
    assert await office.stored_alerts() == []


async def test_a_test_alert_that_cannot_be_mailed_raises_an_error(office: Office) -> None:
    mailer = Mailer(office.simulator.postmark_url, "wrong", "smsblaster@example.com")
    test = SendTestAlert(office.database, mailer, "usd", "https://app.test")
    with pytest.raises(Unavailable):
        await test.send(office.person.org_id, "Acme", office.address)
    await mailer.close()
    assert office.mails() == []


async def test_only_admins_can_ask_for_a_test_alert(member: Member) -> None:
    stub = settings_pb2_grpc.BillingSettingsServiceStub(member.billing.channel)
    plain = Person(member.person.org_id, roles=frozenset({"member"}))
    with acting_as(plain.identity()), pytest.raises(Forbidden):
        await member.billing.caller().call(
            stub.TestBillingAlert, settings_pb2.TestBillingAlertRequest()
        )
