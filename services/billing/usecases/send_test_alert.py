"""Send the alert about a low balance to the user who asks for it, as a test."""

from uuid import UUID

from servicekit.db.database import Database
from servicekit.ids import new_id
from servicekit.mail import Mailer
from services.billing.domain.low_balance import LowBalance, low_balance_mail
from services.billing.storage import balances, settings


class SendTestAlert:
    """Sends test alerts. Each shows the organisation's present balance and its minimum."""

    def __init__(self, database: Database, mailer: Mailer, currency: str, console_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._currency = currency
        self._console_url = console_url

    async def send(self, org_id: UUID, org_name: str, email: str) -> None:
        """Send the alert to ``email`` only.

        Raises:
            InvalidInput: the mail service refuses the email address (code ``mail_refused``).
            Unavailable: the mail service is not responding (``mail_unavailable``).
        """
        async with self._database.org(org_id) as connection:
            found = await settings.find(connection, org_id)
            balance = await balances.total(connection, org_id)
        low = LowBalance(
            org_name=org_name,
            balance_cents=balance,
            min_balance_cents=found.min_balance_cents if found else 0,
            currency=self._currency,
            emails=(email,),
            sms_alert_to=None,
        )
        reference = str(new_id())
        await self._mailer.send(low_balance_mail(low, self._console_url, reference, is_test=True))
