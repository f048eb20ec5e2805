"""Run a service as a process of its own. Billing is the example for all services."""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from servicekit.identity import Identity, acting_as
from servicekit.rpc.client import RpcClient, open_channel
from servicekit.tests.processes import RunningProcess
from servicekit.tokens import TokenSigner
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc
from tests.fixtures.running import INTERNAL_KEY_TEXT, Person, listening

Environment = dict[str, str]

PATIENCE = 60
"""Seconds for a process to start on a busy machine."""


def environment(database_url: str, nats_url: str) -> Environment:
    return {
        "DATABASE_URL": database_url,
        "NATS_URL": nats_url,
        "GRPC_LISTEN": listening(),
        "OPS_LISTEN": listening(),
        "INTERNAL_TOKEN_KEY": INTERNAL_KEY_TEXT,
        "PUBLIC_APP_URL": "http://console.test",
        "STRIPE_SECRET_KEY": "sk_test_tests",
        "POSTMARK_SERVER_TOKEN": "tests",
        "POSTMARK_FROM": "tests@example.com",
        "GRACE_SECONDS": "10",
    }


@contextmanager
def billing(environment: Environment, folder: Path, *command: str) -> Iterator[RunningProcess]:
    arguments = ["-m", "services.billing", *(command or ("serve",))]
    with RunningProcess(arguments, environment, folder) as process:
        yield process


def readiness(environment: Environment) -> httpx.Response:
    return httpx.get(f"http://{environment['OPS_LISTEN']}/readyz")


def is_ready(environment: Environment) -> bool:
    try:
        return readiness(environment).status_code == 200
    except httpx.TransportError:
        return False


async def charge(environment: Environment, person: Person) -> charges_pb2.ChargeBatchResponse:
    """Charge ``person`` 10 cents."""
    rpc = RpcClient(TokenSigner("messaging", b64decode(INTERNAL_KEY_TEXT)))
    request = charges_pb2.ChargeBatchRequest(
        user_id=str(person.user_id),
        charges=[charges_pb2.MessageCharge(message_id=str(uuid4()), amount_cents=10)],
    )
    async with open_channel(environment["GRPC_LISTEN"], []) as channel:
        stub = charges_pb2_grpc.ChargeServiceStub(channel)
        with acting_as(Identity("messaging", person.org_id, person.user_id)):
            return await rpc.call(stub.ChargeBatch, request)


def depends_on(environment: Environment, **states: str) -> bool:
    """Tell whether the process is ready and reports these states for its dependencies."""
    answer = readiness(environment)
    return answer.status_code == 200 and answer.json()["dependencies"] == states
