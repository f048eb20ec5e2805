"""Send the queued mails, and retry until the mail service accepts them.

A mail's token is created when the mail is sent, so that only its hash is ever stored. After a
timeout or a crash a mail is due again. Then the mail service is asked first whether it has sent
this mail.
"""

from functools import partial

import structlog

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, Unavailable
from servicekit.failing_items import Item
from servicekit.isolation import JobItems
from servicekit.mail import Mailer
from services.gateway.domain.mails import ALERTS, Addressee, compose
from services.gateway.domain.opaque_tokens import new_token, token_hash
from services.gateway.storage import mails
from services.gateway.storage.mails import DueMail

log = structlog.get_logger()


class SendMails:
    """Sends due mails, with links to `app_url`."""

    def __init__(self, database: Database, mailer: Mailer, app_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._app_url = app_url
        self._items = JobItems(database, "gateway", "send-mails")

    async def send_due(self) -> None:
        """Send all due mails. While the mail service is unavailable, they are due again later.

        A mail is given up if it is no longer needed, permanently refused or more than a day old.
        """
        async with self._items.turn() as turn:
            while mail := await self._claim():
                item = Item(str(mail.id), mail.org_id)
                try:
                    await turn.attempt_part(item, partial(self._process, mail))
                except Unavailable:
                    log.warning("mail_waits", mail_id=str(mail.id), kind=mail.kind)
                    return

    async def _claim(self) -> DueMail | None:
        async with self._database.system() as connection:
            return await mails.claim_due(connection)

    async def _process(self, mail: DueMail) -> None:
        """Send a mail or give it up. Raises `Unavailable`."""
        if mail.is_late or not mail.is_wanted:
            await self._give_up(mail, "late" if mail.is_late else "not_wanted")
            return
        reference = str(mail.id)
        try:
            if mail.attempts == 1 or not await self._mailer.was_sent(reference):
                await self._send(mail, reference)
        except InvalidInput:
            await self._give_up(mail, "refused")
            return
        async with self._database.org(mail.org_id) as connection:
            await mails.mark_sent(connection, mail)

    async def _send(self, mail: DueMail, reference: str) -> None:
        token = "" if mail.kind in ALERTS else await self._new_token(mail)
        addressee = Addressee(mail.email, mail.org_name, mail.member or "")
        await self._mailer.send(compose(mail.kind, addressee, self._app_url, token, reference))

    async def _new_token(self, mail: DueMail) -> str:
        token = new_token()
        async with self._database.org(mail.org_id) as connection:
            await mails.store_token(connection, mail, token_hash(token))
        return token

    async def _give_up(self, mail: DueMail, why: str) -> None:
        log.warning("mail_given_up", mail_id=str(mail.id), kind=mail.kind, why=why)
        async with self._database.org(mail.org_id) as connection:
            await mails.give_up(connection, mail)
