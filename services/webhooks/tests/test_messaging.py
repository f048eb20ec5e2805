"""A callback is verified with tokens from the real messaging service, which also handles it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import RowMapping

from servicekit.identity import acting_as
from services.messaging import app as messaging_app
from services.messaging.settings import MessagingSettings
from services.webhooks.tests.calls import (
    STATUS,
    TwilioAccount,
    form_call,
    message_target,
    status_pairs,
)
from services.webhooks.tests.conftest import MakeSettings
from services.webhooks.tests.serving import Service, serving
from smsblaster.messaging.v1 import accounts_pb2, accounts_pb2_grpc
from tests.fixtures.running import (
    INTERNAL_KEY_TEXT,
    TWILIO_SID,
    TWILIO_TOKEN,
    Person,
    Running,
    Simulator,
    listening,
    running,
)
from tests.fixtures.waiting import wait_until

NOBODY = "127.0.0.1:1"


@pytest.fixture(scope="module")
async def messaging(
    migrated_database: Callable[[str], str], nats_url: str, simulator: Simulator
) -> AsyncIterator[Running]:
    settings = MessagingSettings(
        database_url=SecretStr(migrated_database("messaging")),
        nats_url=nats_url,
        ops_listen=listening(),
        grpc_listen=listening(),
        internal_token_key=SecretStr(INTERNAL_KEY_TEXT),
        billing_addr=NOBODY,
        contacts_addr=NOBODY,
        keyring=SecretStr("tests:a2V5LWVuY3J5cHRpb24ta2V5LW9mLXRoZS10ZXN0cyE="),
        public_webhooks_url="http://127.0.0.1:9",
        twilio_account_sid=TWILIO_SID,
        twilio_auth_token=SecretStr(TWILIO_TOKEN),
        twilio_base_url=simulator.twilio_url,
        scheduler=False,
        grace_seconds=5,
    )
    async with running(messaging_app.serve, settings) as service:
        yield service


@pytest.fixture(scope="module")
async def service(
    make_settings: MakeSettings,
    migrated_database: Callable[[str], str],
    nats_url: str,
    messaging: Running,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Service]:
    """Run the service against the real messaging service."""
    folder: Path = tmp_path_factory.mktemp("webhooks")
    settings = make_settings(
        migrated_database("webhooks"), nats_url, messaging_addr=messaging.address
    )
    async with serving(settings, folder) as service:
        yield service


@pytest.fixture
async def account(messaging: Running, simulator: Simulator) -> TwilioAccount:
    """Create an organisation's subaccount with the token that the simulator uses."""
    person = Person()
    stub = accounts_pb2_grpc.SubaccountServiceStub(messaging.channel)
    with acting_as(person.identity()):
        request = accounts_pb2.CreateSubaccountRequest()
        created = await messaging.caller().call(stub.CreateSubaccount, request)
    sid = created.sub_account_sid
    async with httpx.AsyncClient(auth=(TWILIO_SID, TWILIO_TOKEN)) as twilio:
        url = f"{simulator.url}/api.twilio.com/2010-04-01/Accounts/{sid}.json"
        found = (await twilio.get(url)).raise_for_status().json()
    return TwilioAccount(person.org_id, sid, [found["auth_token"]])


async def test_messaging_receives_a_signed_callback_and_its_outcome_is_recorded(
    service: Service, account: TwilioAccount
) -> None:
    call = form_call(account, message_target(account, uuid4()), status_pairs(account))
    assert (await service.post(call)).status_code == 204

    async def judged() -> RowMapping | None:
        row = (await service.logged_of(account))[0]
        return row if row["processed_at"] else None

    outcome = await wait_until(judged)
    assert outcome
    assert outcome["success"] is True


async def test_a_request_signed_by_an_unknown_account_is_refused(service: Service) -> None:
    stranger = TwilioAccount()
    answer = await service.post(form_call(stranger, STATUS, status_pairs(stranger)))
    assert answer.status_code == 401
