"""Alert organisations once a day that their balances are below their minimum."""

from services.billing.usecases.alert_low_balances import AlertLowBalances
from services.billing.usecases.send_alerts import SendAlerts


async def alert_low_balances(low_balances: AlertLowBalances, send: SendAlerts) -> None:
    """Create the low-balance alerts of the day, and send all alerts that are due.

    Raises ``Unavailable`` if the mail service is down. The job ``send-notifications`` then sends
    the alerts later.
    """
    await low_balances.create_alerts()
    await send.send_due()
