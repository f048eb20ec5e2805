"""Change when an organisation is told that its money runs low, and who is told."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import RowMapping

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise
from services.billing.storage import settings
from services.billing.storage.settings import AlertSettings
from services.billing.usecases.audit import audit


class ChangeSettings:
    """Changes organisations' settings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, org_id: UUID, wanted: AlertSettings) -> RowMapping:
        """Set what is wanted; the settings as they are now.

        Raises ``InvalidInput`` invalid_number for a phone number that can't be texted.
        """
        normalised = replace(wanted, sms_alert_to=_normalised(wanted.sms_alert_to))
        async with self._database.org(org_id) as connection:
            row = await settings.replace(connection, org_id, normalised)
            await audit(
                connection,
                org_id,
                "billing_settings_changed",
                ("billing_settings", str(org_id)),
                {
                    "min_balance_cents": normalised.min_balance_cents,
                    "notify_emails": list(normalised.notify_emails),
                    "sms_alert_to": normalised.sms_alert_to,
                },
            )
        return row


def _normalised(raw: str | None) -> str | None:
    if not raw:
        return None
    try:
        return normalise(raw).e164
    except InvalidPhone as error:
        raise InvalidInput.of("smsAlertTo", error.message, "invalid_number") from None
