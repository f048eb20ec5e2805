"""`SendingSettingsService`: an organisation's spending limits."""

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import fill
from servicekit.rpc.server import Context
from services.messaging.sending.storage import spending
from services.messaging.sending.storage.spending import NewSettings, Settings
from services.messaging.sending.usecases.set_spending_limits import SetSpendingLimits
from smsblaster.messaging.v1 import sending_settings_pb2, sending_settings_pb2_grpc


class SendingSettingsRpc(sending_settings_pb2_grpc.SendingSettingsServiceServicer):
    """Serves an organisation's spending limits."""

    def __init__(self, database: Database, set_limits: SetSpendingLimits) -> None:
        self._database = database
        self._set_limits = set_limits

    async def GetSendingSettings(
        self, request: sending_settings_pb2.GetSendingSettingsRequest, context: Context
    ) -> sending_settings_pb2.SendingSettings:
        """Return the organisation's spending limits."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            settings = await spending.find(connection, org_id)
            spent = await spending.today(connection, org_id)
        return _settings(settings, spent)

    async def PutSendingSettings(
        self, request: sending_settings_pb2.PutSendingSettingsRequest, context: Context
    ) -> sending_settings_pb2.SendingSettings:
        """Replace the organisation's spending limits."""
        new = NewSettings(
            list(request.allowed_countries),
            request.max_price_cents_per_message or None,
            request.daily_spend_cap_cents or None,
        )
        if_version = request.if_version if request.HasField("if_version") else None
        org_id = identity.current().require_org()
        return _settings(*await self._set_limits.set(org_id, new, if_version))


def _settings(settings: Settings, spent: int) -> sending_settings_pb2.SendingSettings:
    return fill(sending_settings_pb2.SendingSettings(), settings, spent_today_cents=max(spent, 0))
