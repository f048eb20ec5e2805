"""Send alerts: mails directly, and texts by announcing the alert to messaging.

An alert is claimed before its mail is sent and marked as sent afterwards. After a crash in between
it is claimed again ten minutes later, and Postmark is asked first whether the mail was sent.
"""

from datetime import timedelta
from functools import partial
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from servicekit.mail import Mail, Mailer
from servicekit.phones import country_of
from services.billing.domain.automatic_topups import TopUpFailure, failure_mail
from services.billing.domain.low_balance import LowBalance, low_balance_mail
from services.billing.domain.number_alerts import NumberAlert, number_alert_mail
from services.billing.storage import alerts, balances, outbox, prices
from services.billing.storage.alerts import Alert

log = structlog.get_logger()

_LEASE = timedelta(minutes=10)


class SendAlerts:
    """Sends the stored alerts that have not been sent yet."""

    def __init__(self, database: Database, mailer: Mailer, console_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._console_url = console_url
        self._items = JobItems(database, "billing", "send-notifications")

    async def send_due(self) -> None:
        """Send all alerts that are due. Raises ``Unavailable`` if the mail service is down."""
        async with self._items.turn() as turn:
            while alert := await self._claim():
                item = Item(str(alert.id), alert.org_id)
                await turn.attempt_part(item, partial(self._send, alert))

    async def _claim(self) -> Alert | None:
        async with self._database.system() as connection:
            return await alerts.claim_due(connection, _LEASE)

    async def _send(self, alert: Alert) -> None:
        content, reference = alert.content(), str(alert.id)
        await self._mail(alert, self._compose(content, reference))
        async with self._database.org(alert.org_id) as connection:
            fresh = await alerts.mark_sent(connection, alert.org_id, alert.id)
            if fresh and isinstance(content, LowBalance):
                payer = await _find_payer(connection, alert.org_id, content.sms_alert_to)
                await outbox.announce_low_balance(connection, alert, content, payer)

    def _compose(self, content: LowBalance | TopUpFailure | NumberAlert, reference: str) -> Mail:
        if isinstance(content, LowBalance):
            return low_balance_mail(content, self._console_url, reference)
        if isinstance(content, TopUpFailure):
            return failure_mail(content, self._console_url, reference)
        return number_alert_mail(content, self._console_url, reference)

    async def _mail(self, alert: Alert, mail: Mail) -> None:
        tried_before = alert.attempts > 1
        if not mail.to or (tried_before and await self._mailer.was_sent(mail.reference)):
            return
        try:
            await self._mailer.send(mail)
        except InvalidInput:  # not retried, because it would fail in the same way
            log.warning("notification_mail_refused", notification_id=mail.reference)


async def _find_payer(
    connection: AsyncConnection, org_id: UUID, sms_alert_to: str | None
) -> UUID | None:
    """Return a user whose balance covers a text to ``sms_alert_to``, if there is one."""
    if sms_alert_to is None:
        return None
    country = country_of(sms_alert_to)
    for price in await prices.of_countries(connection, [country]):
        return await balances.find_payer(connection, org_id, price.cents_per_segment)
    return None
