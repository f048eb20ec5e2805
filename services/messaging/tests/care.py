"""Test helper: a Twilio account, the jobs that maintain it, and its state at Twilio."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from sqlalchemy import text

from services.messaging import app
from services.messaging.settings import MessagingSettings
from services.messaging.tests.tenant import Tenant
from smsblaster.messaging.v1 import accounts_pb2, accounts_pb2_grpc
from tests.fixtures.running import TWILIO_SID, TWILIO_TOKEN, Simulator
from tests.fixtures.waiting import wait_until

API = "/api.twilio.com/2010-04-01"


@dataclass
class Care:
    """A tenant's Twilio account and the jobs that maintain it."""

    tenant: Tenant
    settings: MessagingSettings
    simulator: Simulator
    account_sid: str

    async def run(self, job: str) -> None:
        """Run a job once, as soon as no other process is running it."""

        async def ran() -> bool:
            return await app.run_job(self.settings, job)

        await wait_until(ran, message=job)

    async def balance(self) -> accounts_pb2.TwilioBalance:
        stub = accounts_pb2_grpc.SubaccountServiceStub(self.tenant.messaging.channel)
        return await self.tenant.call(stub.GetTwilioBalance, accounts_pb2.GetTwilioBalanceRequest())

    async def rotate_token(self) -> accounts_pb2.TokenRotation:
        stub = accounts_pb2_grpc.SubaccountServiceStub(self.tenant.messaging.channel)
        return await self.tenant.call(stub.RotateToken, accounts_pb2.RotateTokenRequest())

    async def tokens(self) -> list[str]:
        return list((await self.tenant.signing_tokens(self.account_sid)).tokens)

    def at_twilio(self) -> dict[str, Any]:
        """Return the account as it is at Twilio."""
        return self._get(f"{API}/Accounts/{self.account_sid}.json")

    def keys_at_twilio(self) -> set[str]:
        """Return the SIDs of the account's API keys at Twilio."""
        found = self._get(f"{API}/Accounts/{self.account_sid}/Keys.json")
        return {key["sid"] for key in found["keys"]}

    def make_key(self, name: str) -> str:
        """Create an API key at Twilio that our database does not have."""
        answer = httpx.post(
            f"{self.simulator.url}{API}/Accounts/{self.account_sid}/Keys.json",
            data={"FriendlyName": name},
            auth=(TWILIO_SID, TWILIO_TOKEN),
        )
        return str(answer.raise_for_status().json()["sid"])

    def revoke(self, sid: str) -> None:
        """Revoke an API key at Twilio directly, without our service."""
        httpx.delete(
            f"{self.simulator.url}{API}/Accounts/{self.account_sid}/Keys/{sid}.json",
            auth=(TWILIO_SID, TWILIO_TOKEN),
        ).raise_for_status()

    def asked(self, path: str) -> int:
        """Count the requests for ``path`` of the account that Twilio got."""
        found = httpx.get(
            f"{self.simulator.url}/sim/record/requests",
            params={
                "path_prefix": f"/2010-04-01/Accounts/{self.account_sid}/{path}",
                "limit": 1000,
            },
        )
        return len(found.raise_for_status().json()["requests"])

    async def keys(self) -> Sequence[str]:
        """Return the SIDs of the valid keys in our database, newest first."""
        rows = await self._rows(
            "SELECT sid FROM twilio_api_keys WHERE org_id = :org_id AND revoked_at IS NULL"
            " ORDER BY created_at DESC"
        )
        return [row["sid"] for row in rows]

    async def first_key(self) -> str:
        """Run the job that creates an account's first Twilio API key, and return the key's SID."""
        await self.run("issue-first-keys")
        [sid] = await self.keys()
        return sid

    async def age_keys(self, days: float) -> None:
        """Move the time at which the keys were created ``days`` into the past."""
        await self.tenant.execute(
            "UPDATE twilio_api_keys SET created_at = created_at - :days * interval '1 day'"
            " WHERE org_id = :org_id",
            days=days,
        )

    async def age_rotation(self, seconds: int) -> None:
        """Move the times of the token rotation ``seconds`` into the past."""
        await self.tenant.execute(
            "UPDATE twilio_subaccounts SET"
            " rotation_requested_at = rotation_requested_at - :seconds * interval '1 second',"
            " secondary_since = secondary_since - :seconds * interval '1 second'"
            " WHERE org_id = :org_id",
            seconds=seconds,
        )

    async def _rows(self, query: str) -> Sequence[Any]:
        async with self.tenant.database.org(self.tenant.org_id) as connection:
            rows = await connection.execute(text(query), {"org_id": self.tenant.org_id})
            return rows.mappings().all()

    def _get(self, path: str) -> dict[str, Any]:
        answer = httpx.get(self.simulator.url + path, auth=(TWILIO_SID, TWILIO_TOKEN))
        return dict(answer.raise_for_status().json())
