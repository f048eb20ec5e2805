"""Change the billing settings of an organisation."""

from dataclasses import replace
from uuid import UUID

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import InvalidInput
from servicekit.phones import InvalidPhone, normalise
from services.billing.storage import automatic_topups, outbox, settings
from services.billing.storage.outbox import AuditEntry
from services.billing.storage.settings import AlertSettings


class ChangeSettings:
    """Saves billing settings, with an audit entry."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def change(
        self, org_id: UUID, wanted: AlertSettings, if_version: int | None = None
    ) -> AlertSettings:
        """Replace the organisation's settings with ``wanted`` and return the stored settings.

        Raises:
            PreconditionFailed: somebody has changed the settings since their version
                ``if_version``.
            InvalidInput: the phone number can't receive texts (code ``invalid_number``).
        """
        normalised = replace(wanted, sms_alert_to=_normalised(wanted.sms_alert_to))
        async with self._database.org(org_id) as connection:
            require_version(await settings.lock(connection, org_id), if_version)
            former = await settings.payer_of(connection, org_id)
            stored = await settings.replace(connection, org_id, normalised)
            if stored.payer and stored.payer != former:
                await automatic_topups.turn_off_others(connection, org_id, stored.payer)
            await outbox.audit(connection, _audit_entry(org_id, stored))
        return stored


def _audit_entry(org_id: UUID, stored: AlertSettings) -> AuditEntry:
    return AuditEntry(
        org_id,
        "billing_settings_changed",
        ("billing_settings", str(org_id)),
        {
            "min_balance_cents": stored.min_balance_cents,
            "notify_emails": list(stored.notify_emails),
            "sms_alert_to": stored.sms_alert_to,
            "payer": stored.payer,
        },
    )


def _normalised(raw: str | None) -> str | None:
    if not raw:
        return None
    try:
        return normalise(raw).e164
    except InvalidPhone as error:
        raise InvalidInput.of("smsAlertTo", error.message, "invalid_number") from None
