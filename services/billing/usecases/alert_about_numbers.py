"""Alert an organisation about phone numbers that are not paid, once for each cause."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from servicekit.db.database import Database
from services.billing.domain.number_alerts import AlertedNumber, NumberAlert, not_covered
from services.billing.domain.payers import organisation_account
from services.billing.storage import number_alerts, number_charges, settings

_MAX_ADDRESSES = 50
_UNNAMED = "Your organisation"


class AlertAboutNumbers:
    """Creates alerts about phone numbers. The job ``send-notifications`` mails them."""

    def __init__(self, database: Database, currency: str) -> None:
        self._database = database
        self._currency = currency

    async def alert(self, org_id: UUID, kind: str, numbers: Sequence[AlertedNumber]) -> set[UUID]:
        """Create one alert about those phone numbers that have no alert of this kind yet.

        Returns the ids of the numbers that the organisation was alerted about, by this call or an
        earlier one. An alert of kind ``numbers_due`` leaves out numbers that a balance covers.
        """
        async with self._database.org(org_id) as connection:
            balances = await number_charges.balances(connection, org_id)
            if kind == "numbers_due":
                if await settings.payer_of(connection, org_id) == "organisation":
                    payer = organisation_account(org_id).user_id
                    numbers = [replace(number, payer=payer) for number in numbers]
                numbers = not_covered(numbers, balances)
            known = await number_alerts.already_alerted(connection, org_id, kind, numbers)
            fresh = [number for number in numbers if number.id not in known]
            if fresh:
                alerts = await settings.find(connection, org_id)
                emails = list(alerts.notify_emails) if alerts else []
                emails += [number.email for number in fresh if number.email]
                alert = NumberAlert(
                    kind,
                    (alerts and alerts.org_name) or _UNNAMED,
                    self._currency,
                    tuple(dict.fromkeys(emails))[:_MAX_ADDRESSES],
                    sum(balances.values()),
                    fresh,
                )
                await number_alerts.add(connection, org_id, alert)
        return {number.id for number in numbers}
