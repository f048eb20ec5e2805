"""Sending what identity has to mail: after its commit, and until the mail service took it.

A mail's token is drawn when it is sent, so that only its hash is ever kept.
"""

import structlog

from servicekit.db.database import Database
from servicekit.errors import InvalidInput, Unavailable
from servicekit.mail import Mailer
from services.gateway.domain.mails import compose
from services.gateway.domain.opaque_tokens import new_token, token_hash
from services.gateway.storage import mails
from services.gateway.storage.mails import DueMail

log = structlog.get_logger()

_BATCH = 20


class SendMails:
    """Sends the mails that are due. Links lead to ``app_url``."""

    def __init__(self, database: Database, mailer: Mailer, app_url: str) -> None:
        self._database = database
        self._mailer = mailer
        self._app_url = app_url

    async def __call__(self) -> None:
        """Send every mail that is due; what the mail service does not take now is due later.

        A mail that is no longer wanted, refused for good or more than a day old is given up.
        """
        while batch := await self._take():
            for mail in batch:
                await self._send(mail)

    async def _take(self) -> list[DueMail]:
        async with self._database.system() as connection:
            return list(await mails.take_due(connection, _BATCH))

    async def _send(self, mail: DueMail) -> None:
        if mail.is_late or not mail.is_wanted:
            await self._give_up(mail, "late" if mail.is_late else "not_wanted")
            return
        token = new_token()
        async with self._database.org(mail.org_id) as connection:
            await mails.keep_token(connection, mail, token_hash(token))
        try:
            await self._mailer.send(
                compose(mail.kind, mail.email, mail.org_name, self._app_url, token)
            )
        except InvalidInput:
            await self._give_up(mail, "refused")
        except Unavailable:
            log.warning("mail_waits", mail_id=str(mail.id), kind=mail.kind)
        else:
            async with self._database.org(mail.org_id) as connection:
                await mails.note_sent(connection, mail)

    async def _give_up(self, mail: DueMail, why: str) -> None:
        log.warning("mail_given_up", mail_id=str(mail.id), kind=mail.kind, why=why)
        async with self._database.org(mail.org_id) as connection:
            await mails.give_up(connection, mail)
