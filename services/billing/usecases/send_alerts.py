"""Send what organisations are to be told: mail here, and messaging hears of it for a text.

A notification is claimed before the mail goes out, and noted as sent afterwards. Who dies in
between leaves it for ten minutes; whether the mail went out is then asked of Postmark first.
"""

from dataclasses import fields
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.bus import subjects
from servicekit.bus.outbox import announce
from servicekit.db.database import Database
from servicekit.errors import InvalidInput
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from servicekit.mail import Mail, Mailer
from servicekit.phones import country_of
from services.billing.domain.low_balance import LowBalance, low_balance_mail, low_balance_text
from services.billing.domain.number_alerts import number_alert_mail
from services.billing.storage import alerts, ledger, number_alerts, prices
from smsblaster.billing.v1 import events_pb2

log = structlog.get_logger()

_LEASE = timedelta(minutes=10)


class SendAlerts:
    """Sends notifications that are due."""

    def __init__(self, database: Database, mailer: Mailer, console_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._console_url = console_url
        self._items = JobItems(database, "billing", "send-notifications")

    async def __call__(self) -> None:
        """Send all that are due. Raises ``Unavailable`` while there is no mail service."""
        async with self._items.turn() as turn:
            while notification := await self._claim():
                item = Item(str(notification["id"]), notification["org_id"])
                await turn.attempt_part(item, partial(self._send, notification))

    async def _send(self, notification: RowMapping) -> None:
        reference = str(notification["id"])
        if notification["type"] != "low_balance":
            news = number_alerts.read(notification["type"], notification["payload"])
            await self._mail(notification, number_alert_mail(news, self._console_url, reference))
            async with self._database.org(notification["org_id"]) as connection:
                await alerts.mark_sent(connection, notification["org_id"], notification["id"])
            return
        low = _low_balance(notification["payload"])
        await self._mail(notification, low_balance_mail(low, self._console_url, reference))
        await self._settle(notification, low)

    async def _claim(self) -> RowMapping | None:
        async with self._database.system() as connection:
            return await alerts.claim_due(connection, _LEASE)

    async def _mail(self, notification: RowMapping, mail: Mail) -> None:
        tried_before = notification["attempts"] > 1
        if not mail.to or (tried_before and await self._mailer.was_sent(mail.reference)):
            return
        try:
            await self._mailer.send(mail)
        except InvalidInput:  # trying again changes no address; it is in the list of notifications
            log.warning("notification_mail_refused", notification_id=mail.reference)

    async def _settle(self, notification: RowMapping, low: LowBalance) -> None:
        org_id, notification_id = notification["org_id"], notification["id"]
        async with self._database.org(org_id) as connection:
            if not await alerts.mark_sent(connection, org_id, notification_id):
                return
            event = events_pb2.LowBalance(
                notification_id=str(notification_id),
                org_id=str(org_id),
                balance_cents=low.balance_cents,
                min_balance_cents=low.min_balance_cents,
                currency=low.currency,
                text=await _text(connection, notification, low),
            )
            event.created_at.FromDatetime(notification["created_at"])
            await announce(connection, (subjects.LOW_BALANCE, event))


async def _text(
    connection: AsyncConnection, notification: RowMapping, low: LowBalance
) -> events_pb2.LowBalanceText | None:
    """The text to send, where one is wanted and a balance covers it."""
    if low.sms_alert_to is None:
        return None
    country = country_of(low.sms_alert_to)
    cents = (await prices.per_segment(connection, [country])).get(country)
    if cents is None:
        return None
    payer = await ledger.find_payer(connection, notification["org_id"], cents)
    if payer is None:
        return None
    return events_pb2.LowBalanceText(
        to=low.sms_alert_to, payer_user_id=str(payer), body=low_balance_text(low)
    )


def _low_balance(payload: dict[str, Any]) -> LowBalance:
    values = {field.name: payload[field.name] for field in fields(LowBalance)}
    return LowBalance(**{**values, "emails": tuple(values["emails"])})
