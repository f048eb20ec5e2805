"""Serve ``smsblaster.dashboard.v1.DashboardService``.

All parts are read at the same time. A part that fails is left out and named; the others are shown.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from servicekit.db.database import Database
from servicekit.errors import DomainError
from servicekit.identity import current
from servicekit.rpc.server import Context
from services.gateway.domain.users import User
from services.gateway.providers.overview import OverviewSources
from services.gateway.rpc import dashboard_parts as parts
from services.gateway.rpc.dashboard_onboarding import onboarding
from services.gateway.rpc.dashboard_tasks import tasks
from services.gateway.storage import users
from smsblaster.dashboard.v1 import dashboard_pb2, dashboard_pb2_grpc

log = structlog.get_logger()

Read = TypeVar("Read")
Part = dashboard_pb2.DashboardPart


class DashboardRpc(dashboard_pb2_grpc.DashboardServiceServicer):
    """Implement ``dashboard/v1/dashboard.proto``."""

    def __init__(self, database: Database, sources: OverviewSources) -> None:
        self._database = database
        self._sources = sources

    async def GetDashboard(
        self, request: dashboard_pb2.GetDashboardRequest, context: Context
    ) -> dashboard_pb2.Dashboard:
        """Return the state of the organisation."""
        facts = await self._read()
        answer = dashboard_pb2.Dashboard(
            tasks=tasks(facts),
            campaigns=facts.campaigns,
            week=parts.week(facts.usage, 0),
            week_before=parts.week(facts.usage, 1),
            days=parts.days(facts.usage),
            balance=parts.balance(facts),
            conversations=parts.conversations(facts.conversations),
            registration=parts.registration(facts.registration),
            totals=parts.totals(facts.contacts, facts.numbers),
            onboarding=onboarding(facts),
        )
        answer.failed_parts.extend(parts.failed(answer))
        answer.as_of.GetCurrentTime()
        return answer

    async def _read(self) -> parts.Facts:
        """Read everything in one wave."""
        read = self._sources
        found = await asyncio.gather(
            self._or_none(self._user),
            self._or_none(read.campaigns),
            self._or_none(read.usage),
            self._or_none(read.balance),
            self._or_none(read.billing_settings),
            self._or_none(read.conversations),
            self._or_none(read.registration),
            self._or_none(read.numbers),
            self._or_none(read.contacts),
            self._or_none(read.has_delivered),
        )
        return parts.Facts(*found)

    async def _or_none(self, read: Callable[[], Awaitable[Read]]) -> Read | None:
        try:
            return await read()
        except DomainError as error:
            log.warning("dashboard_part_failed", part=read.__name__, code=error.code)
            return None

    async def _user(self) -> User:
        caller = current()
        async with self._database.org(caller.require_org()) as connection:
            return await users.get(connection, caller.require_org(), caller.require_user())
