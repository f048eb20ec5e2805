"""Calls through the gateway to the real billing service."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import Client, Member, fields_at_fault, sign_up
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening
from tests.fixtures.waiting import wait_until_sync

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def billing_addr(
    database_factory: DatabaseFactory, nats_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    address, ops = listening(), listening()
    log = tmp_path_factory.mktemp("billing") / "log"
    with database_factory("billing") as database_url, log.open("wb") as output:
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'gen'}",
            "DATABASE_URL": database_url,
            "NATS_URL": nats_url,
            "OPS_LISTEN": ops,
            "GRPC_LISTEN": address,
            "INTERNAL_TOKEN_KEY": INTERNAL_KEY_TEXT,
            "PUBLIC_APP_URL": "http://app.test",
            "POSTMARK_SERVER_TOKEN": "none",
            "POSTMARK_BASE_URL": "http://127.0.0.1:9",
            "POSTMARK_FROM": "hello@smsblaster.test",
            "STRIPE_SECRET_KEY": "sk_test",
            "STRIPE_BASE_URL": "http://127.0.0.1:9",
            "POOL_SIZE": "2",
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "services.billing", "serve"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )

        def ready() -> bool:
            assert process.poll() is None, log.read_text()
            try:
                return httpx.get(f"http://{ops}/readyz").status_code == 200
            except httpx.TransportError:
                return False

        wait_until_sync(ready, message="billing ready")
        yield address
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def billed_client(
    settings: GatewaySettings, billing_addr: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    changes = {"billing_addr": billing_addr, "ops_listen": listening()}
    folder = tmp_path_factory.mktemp("billed")
    with (
        serving(settings.model_copy(update=changes), folder) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def payer(billed_client: Client) -> Member:
    return sign_up(billed_client)


def test_a_new_users_balance_is_zero(billed_client: Client, payer: Member) -> None:
    answer = billed_client.get("/api/billing/balance", headers=payer.headers)
    assert answer.json() == {"balanceCents": 0, "currency": "usd"}


def test_an_empty_ledger_is_an_empty_page(billed_client: Client, payer: Member) -> None:
    answer = billed_client.get("/api/billing/transactions?limit=5", headers=payer.headers)
    assert answer.json() == {"items": [], "nextCursor": None}


@pytest.mark.parametrize("cursor", ["x", "a" * 500, "../../etc"])
def test_a_forged_cursor_is_refused(billed_client: Client, payer: Member, cursor: str) -> None:
    params = {"cursor": cursor}
    answer = billed_client.get("/api/billing/transactions", params=params, headers=payer.headers)
    assert fields_at_fault(answer) == ["cursor"]
