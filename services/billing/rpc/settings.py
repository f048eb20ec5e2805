"""``BillingSettingsService``: who pays, and alerts about a low balance."""

from typing import cast

from servicekit import identity
from servicekit.db.database import Database
from servicekit.rpc.messages import enum_name, fill
from servicekit.rpc.server import Context
from services.billing.domain.ledger import Payer
from services.billing.domain.payers import DEFAULT_PAYER
from services.billing.storage import settings
from services.billing.storage.settings import AlertSettings
from services.billing.usecases.change_settings import ChangeSettings
from services.billing.usecases.send_test_alert import SendTestAlert
from smsblaster.billing.v1 import payers_pb2, settings_pb2, settings_pb2_grpc


class BillingSettingsRpc(settings_pb2_grpc.BillingSettingsServiceServicer):
    """Returns and changes billing settings, and sends test alerts."""

    def __init__(self, database: Database, change: ChangeSettings, test: SendTestAlert) -> None:
        self._database = database
        self._change = change
        self._test = test

    async def GetBillingSettings(
        self, request: settings_pb2.GetBillingSettingsRequest, context: Context
    ) -> settings_pb2.BillingSettings:
        """Return the organisation's billing settings."""
        org_id = identity.current().require_org()
        async with self._database.org(org_id) as connection:
            found = await settings.find(connection, org_id)
        return fill(
            settings_pb2.BillingSettings(), found, payer=(found and found.payer) or DEFAULT_PAYER
        )

    async def UpdateBillingSettings(
        self, request: settings_pb2.UpdateBillingSettingsRequest, context: Context
    ) -> settings_pb2.BillingSettings:
        """Replace the organisation's billing settings."""
        caller = identity.current()
        wanted = AlertSettings(
            caller.org_name,
            request.min_balance_cents,
            tuple(request.notify_emails),
            request.sms_alert_to or None,
            payer=_payer(request),
        )
        if_version = request.if_version if request.HasField("if_version") else None
        changed = await self._change.change(caller.require_org(), wanted, if_version)
        return fill(settings_pb2.BillingSettings(), changed)

    async def TestBillingAlert(
        self, request: settings_pb2.TestBillingAlertRequest, context: Context
    ) -> settings_pb2.BillingAlertTest:
        """Send the alert about a low balance to the caller only, as a test."""
        caller = identity.current()
        await self._test.send(caller.require_org(), caller.org_name, caller.email)
        return settings_pb2.BillingAlertTest(sent_to=caller.email)


def _payer(request: settings_pb2.UpdateBillingSettingsRequest) -> Payer | None:
    if not request.HasField("payer"):
        return None
    return cast(Payer, enum_name(payers_pb2.Payer.DESCRIPTOR, request.payer))
