"""Serve ``DashboardService``: what the dashboard of an organisation shows.

All parts are read at the same time. If a part can't be read, the response leaves it out and names
it.
"""

import asyncio

from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.server import Context
from services.gateway.domain.users import User
from services.gateway.providers.overview import OverviewSources
from services.gateway.rpc import dashboard_parts as parts
from services.gateway.rpc.dashboard_onboarding import onboarding
from services.gateway.rpc.dashboard_tasks import tasks
from services.gateway.rpc.partial import or_none
from services.gateway.storage import users
from smsblaster.dashboard.v1 import dashboard_pb2, dashboard_pb2_grpc


class DashboardRpc(dashboard_pb2_grpc.DashboardServiceServicer):
    """Implements ``dashboard/v1/dashboard.proto``."""

    def __init__(self, database: Database, sources: OverviewSources) -> None:
        self._database = database
        self._sources = sources

    async def GetDashboard(
        self, request: dashboard_pb2.GetDashboardRequest, context: Context
    ) -> dashboard_pb2.Dashboard:
        """Return what the dashboard of the organisation shows."""
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
        """Read the facts for all parts of the dashboard at the same time."""
        read = self._sources
        async with asyncio.TaskGroup() as wave:
            user = wave.create_task(or_none("user", self._user()))
            campaigns = wave.create_task(or_none("campaigns", read.campaigns()))
            usage = wave.create_task(or_none("usage", read.usage()))
            balance = wave.create_task(or_none("balance", read.balance()))
            settings = wave.create_task(or_none("settings", read.billing_settings()))
            conversations = wave.create_task(or_none("conversations", read.conversations()))
            registration = wave.create_task(or_none("registration", read.registration()))
            numbers = wave.create_task(or_none("numbers", read.numbers()))
            contacts = wave.create_task(or_none("contacts", read.contacts()))
            has_delivered = wave.create_task(or_none("first_delivery", read.has_delivered()))
        return parts.Facts(
            user=user.result(),
            campaigns=campaigns.result(),
            usage=usage.result(),
            balance=balance.result(),
            billing_settings=settings.result(),
            conversations=conversations.result(),
            registration=registration.result(),
            numbers=numbers.result(),
            contacts=contacts.result(),
            has_delivered=has_delivered.result(),
            is_test=current().is_test,
        )

    async def _user(self) -> User:
        caller = current().in_live_mode()
        async with self._database.org(caller.require_org()) as connection:
            return await users.get(connection, caller.require_org(), caller.require_user())
