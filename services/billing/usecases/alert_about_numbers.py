"""Tell an organisation what becomes of phone numbers that are not paid: the same news once."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.db.database import Database
from services.billing.domain.number_alerts import AlertedNumber, NumberAlert, not_covered
from services.billing.storage import number_alerts, number_charges, settings

_MOST_ADDRESSES = 50
_UNNAMED = "Your organisation"


class AlertAboutNumbers:
    """Makes the notifications; a job mails them."""

    def __init__(self, database: Database, currency: str) -> None:
        self._database = database
        self._currency = currency

    async def tell(self, org_id: UUID, kind: str, numbers: Sequence[AlertedNumber]) -> set[UUID]:
        """Make one notification of what is new in ``numbers``.

        Returns the ids of the numbers of which the organisation has been told, by this call or an
        earlier one. Of news that numbers are due, only those are told that no balance covers.
        """
        async with self._database.org(org_id) as connection:
            balances = await number_charges.balances(connection, org_id)
            if kind == "numbers_due":
                numbers = not_covered(numbers, balances)
            told = await number_alerts.already_alerted(connection, org_id, kind, numbers)
            fresh = [number for number in numbers if number.id not in told]
            if fresh:
                alerts = await settings.find(connection, org_id)
                emails = list(alerts["notify_emails"]) if alerts else []
                emails += [number.email for number in fresh if number.email]
                news = NumberAlert(
                    kind,
                    (alerts and alerts["org_name"]) or _UNNAMED,
                    self._currency,
                    tuple(dict.fromkeys(emails))[:_MOST_ADDRESSES],
                    fresh,
                )
                await number_alerts.add(connection, org_id, news, sum(balances.values()))
        return {number.id for number in numbers}
