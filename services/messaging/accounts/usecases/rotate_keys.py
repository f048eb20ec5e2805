"""Replace the API keys with which organisations send.

A new key is made and stored, and is the one in use from then on. When every sender has heard of
it, the old one is revoked at Twilio. A crash between any two of these is mended by the next run.
"""

from contextlib import suppress
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.ids import new_id
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.storage import api_keys
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.vault import key_place
from services.messaging.common.support.audit import audit

KEY_NAME = "SMSBlaster sending"
"""The name of our keys at Twilio; an account may have others, which are left alone."""


class RotateKeys:
    """Issues and revokes API keys. Each organisation's are in one caller's hands at a time."""

    def __init__(
        self, database: Database, twilio: TwilioAccounts, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts

    async def issue(self, org_id: UUID) -> None:
        """Make a key and use it from now on, unless an older one is still to be revoked.

        A key that an interrupted attempt left, whose secret nobody knows, ends first. Raises
        ``NotFound`` no_subaccount, ``Unavailable`` and ``Refused``.
        """
        async with self._database.org(org_id) as connection:
            live = await api_keys.live_sids(connection, org_id)
        if len(live) > 1:
            return
        account = await self._accounts.for_org(org_id)
        for sid in await self._twilio.keys_named(account, KEY_NAME):
            if sid not in live:
                await self._twilio.revoke_key(account, sid)
        key, key_id = await self._twilio.create_key(account, KEY_NAME), new_id()
        sealed = await self._accounts.vault.seal(key_place(org_id, key_id), key.secret)
        async with self._database.org(org_id) as connection:
            await api_keys.add(connection, org_id, key_id, key.sid, sealed)
            await audit(connection, "twilio_api_key_created", "twilio_api_key", key.sid)
        self._accounts.forget(org_id)

    async def revoke(self, org_id: UUID, key_id: UUID, sid: str) -> None:
        """End a key that is used no more. Raises as :meth:`issue`."""
        account = await self._accounts.for_org(org_id)
        with suppress(NotFound):  # an attempt before this one got as far as Twilio
            await self._twilio.revoke_key(account, sid)
        async with self._database.org(org_id) as connection:
            await api_keys.mark_revoked(connection, org_id, key_id)
            await audit(connection, "twilio_api_key_revoked", "twilio_api_key", sid)
