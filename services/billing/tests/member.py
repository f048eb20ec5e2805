"""Test helper: a user who calls the billing service."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc

from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.billing.tests.money import pay_in
from smsblaster.audit.v1 import events_pb2 as audit_pb2
from smsblaster.billing.v1 import (
    notifications_pb2,
    notifications_pb2_grpc,
    settings_pb2,
    settings_pb2_grpc,
)
from tests.fixtures.running import Person, Running

Request = TypeVar("Request")
Response = TypeVar("Response")


@dataclass(frozen=True)
class Member:
    """A user of an organisation who calls a running billing service."""

    billing: Running
    database: Database
    person: Person = field(default_factory=Person)

    async def call(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Request, Response], request: Request
    ) -> Response:
        with acting_as(self.person.identity()):
            return await self.billing.caller().call(method, request, timeout=60)

    async def settings(self) -> settings_pb2.BillingSettings:
        stub = settings_pb2_grpc.BillingSettingsServiceStub(self.billing.channel)
        return await self.call(stub.GetBillingSettings, settings_pb2.GetBillingSettingsRequest())

    async def set(self, **wanted: Any) -> settings_pb2.BillingSettings:
        stub = settings_pb2_grpc.BillingSettingsServiceStub(self.billing.channel)
        request = settings_pb2.UpdateBillingSettingsRequest(**wanted)
        return await self.call(stub.UpdateBillingSettings, request)

    async def notifications(
        self, limit: int = 50, cursor: str | None = None
    ) -> notifications_pb2.ListNotificationsResponse:
        stub = notifications_pb2_grpc.NotificationServiceStub(self.billing.channel)
        request = notifications_pb2.ListNotificationsRequest(limit=limit, cursor=cursor)
        return await self.call(stub.ListNotifications, request)

    async def pay_in(self, cents: int) -> None:
        await pay_in(self.database, self.person, cents)

    async def audit_entries(self) -> list[audit_pb2.AuditRecorded]:
        """Return the organisation's audit entries, oldest first."""
        found = [
            audit_pb2.AuditRecorded.FromString(payload)
            for payload in await self._announced("event.billing.audit")
        ]
        return [entry for entry in found if entry.org_id == str(self.person.org_id)]

    async def _announced(self, subject: str) -> list[bytes]:
        async with self.database.system() as connection:
            rows = await connection.exec_driver_sql(
                "SELECT payload FROM outbox WHERE subject = %s ORDER BY id", (subject,)
            )
            return list(rows.scalars())
