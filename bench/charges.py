"""Charges: measure how fast billing makes many charges on one account, each exactly once."""

import asyncio
import subprocess
import tempfile
import time
from uuid import UUID

import grpc
import psycopg
import uvloop
from rich.console import Console

from bench.report import Figure
from bench.tenant import Tenant
from deploy.local.postgres import installation
from deploy.local.stack import Stack
from servicekit.identity import Identity, acting_as
from servicekit.ids import new_id
from servicekit.rpc.client import RpcClient
from servicekit.service_keys import ServiceKeys, private_key
from servicekit.tokens import TokenSigner
from smsblaster.billing.v1 import charges_pb2, charges_pb2_grpc

_BATCH = 500
_AT_ONCE = 2
_PGBENCH_SECONDS = 5
_FOUR_ROUND_TRIPS = """
BEGIN;
SELECT cents FROM bench_account WHERE id = 1 FOR UPDATE;
UPDATE bench_account SET cents = cents - 1 WHERE id = 1;
INSERT INTO bench_entry (account, cents, external_id) VALUES (1, -1, gen_random_uuid());
COMMIT;
"""


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Charge ``count`` messages to one balance in batches.

    Compares the rate with that of single charges by pgbench.
    """
    console.print(f"charges: {count:,} on one account")
    tenant.top_up(count)
    before = tenant.balance()
    rate = uvloop.run(_charge_all(stack, tenant, count))
    if before - tenant.balance() != count:
        raise RuntimeError("the ledger did not charge each message once")
    yardstick = _pgbench(stack)
    return [
        Figure(
            "charges on one hot account, per second",
            f"{rate:,.0f}",
            f"{yardstick:,.0f}",
            rate / yardstick,
            10,
        )
    ]


async def _charge_all(stack: Stack, tenant: Tenant, count: int) -> float:
    keys = ServiceKeys(private_key(stack.secrets.signing_keys["messaging"]))
    rpc = RpcClient(TokenSigner("messaging", keys=keys))
    identity = Identity("messaging", UUID(tenant.org_id))
    batches = iter(range(count // _BATCH))
    async with grpc.aio.insecure_channel(stack.grpc_addresses["billing"]) as channel:
        stub = charges_pb2_grpc.ChargeServiceStub(channel)

        async def work() -> None:
            for _ in batches:
                request = charges_pb2.ChargeBatchRequest(
                    user_id=tenant.user_id,
                    charges=[
                        charges_pb2.MessageCharge(message_id=str(new_id()), amount_cents=1)
                        for _ in range(_BATCH)
                    ],
                )
                with acting_as(identity):
                    await rpc.call(stub.ChargeBatch, request, 60)

        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
        return count / (time.perf_counter() - started)


def _pgbench(stack: Stack) -> float:
    """Measure with pgbench how many transactions per second Postgres makes.

    Each transaction takes four round trips and changes one row. Returns the higher rate of two
    runs, with 1 and with 4 clients.
    """
    url = stack.superuser_url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bench_account, bench_entry")
        connection.execute("CREATE TABLE bench_account (id int PRIMARY KEY, cents bigint NOT NULL)")
        connection.execute(
            "CREATE TABLE bench_entry (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            " account int NOT NULL, cents bigint NOT NULL, external_id uuid UNIQUE)"
        )
        connection.execute("INSERT INTO bench_account VALUES (1, 0)")
    return max(_run_pgbench(url, clients) for clients in (1, 4))


def _run_pgbench(url: str, clients: int) -> float:
    program = installation() / "bin" / "pgbench"
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_FOUR_ROUND_TRIPS)
        script.flush()
        output = subprocess.run(
            [
                program,
                "-n",
                "-f",
                script.name,
                "-c",
                str(clients),
                "-T",
                str(_PGBENCH_SECONDS),
                url,
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    line = next(line for line in output.splitlines() if line.startswith("tps = "))
    return float(line.split()[2])
