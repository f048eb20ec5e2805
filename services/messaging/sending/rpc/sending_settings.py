"""``SendingSettingsService``."""

from collections.abc import Mapping
from typing import Any

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.storage import spending
from services.messaging.sending.storage.spending import NewSettings
from services.messaging.sending.usecases.set_limits import SetLimits
from smsblaster.messaging.v1 import sending_settings_pb2, sending_settings_pb2_grpc


class SendingSettingsRpc(sending_settings_pb2_grpc.SendingSettingsServiceServicer):
    """Serves the limits of spending."""

    def __init__(self, database: Database, set_limits: SetLimits) -> None:
        self._database = database
        self._set_limits = set_limits

    async def GetSendingSettings(
        self, request: sending_settings_pb2.GetSendingSettingsRequest, context: Context
    ) -> sending_settings_pb2.SendingSettings:
        """The organisation's limits."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            row = await spending.find(connection, org_id)
            spent = await spending.today(connection, org_id)
        return _settings(dict(row or {}), spent)

    async def PutSendingSettings(
        self, request: sending_settings_pb2.PutSendingSettingsRequest, context: Context
    ) -> sending_settings_pb2.SendingSettings:
        """Replace the organisation's limits."""
        new = NewSettings(
            list(request.allowed_countries),
            request.max_price_cents_per_message or None,
            request.daily_spend_cap_cents or None,
        )
        row, spent = await self._set_limits(identity.current().require_org(), new)
        return _settings(dict(row), spent)


def _settings(row: Mapping[str, Any], spent: int) -> sending_settings_pb2.SendingSettings:
    return fill(sending_settings_pb2.SendingSettings(), {**row, "spent_today_cents": max(spent, 0)})
