"""Replace the API keys that organisations send with.

A new key is created and stored, and is used from then on. Once every sender uses it, the old key
is revoked at Twilio. If a step is interrupted, the next run completes it.
"""

from contextlib import suppress
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import NotFound
from servicekit.ids import new_id
from services.messaging.accounts.providers.twilio_accounts import TwilioAccounts
from services.messaging.accounts.storage import api_keys
from services.messaging.accounts.support.credentials import SendingAccounts
from services.messaging.accounts.support.vault import key_ref
from services.messaging.common.support.audit import audit

KEY_NAME = "SMSBlaster sending"
"""The name of our keys at Twilio. Other keys of an account are not touched."""


class RotateKeys:
    """Issue and revoke API keys. Must not run twice for an organisation at the same time."""

    def __init__(
        self, database: Database, twilio: TwilioAccounts, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts

    async def issue(self, org_id: UUID) -> None:
        """Create a key for use from now on. Do nothing while an older key must be revoked.

        A key that an interrupted attempt created is revoked first, since its secret is lost.

        Raises:
            NotFound: no_subaccount.
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
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
        sealed = await self._accounts.vault.seal(key_ref(org_id, key_id), key.secret)
        async with self._database.org(org_id) as connection:
            await api_keys.add(connection, org_id, key_id, key.sid, sealed)
            await audit(connection, "twilio_api_key_created", "twilio_api_key", key.sid)
        self._accounts.evict(org_id)

    async def revoke(self, org_id: UUID, key_id: UUID, sid: str) -> None:
        """Revoke a key that is no longer used. Raises the same errors as :meth:`issue`."""
        account = await self._accounts.for_org(org_id)
        with suppress(NotFound):  # an earlier attempt has revoked the key at Twilio
            await self._twilio.revoke_key(account, sid)
        async with self._database.org(org_id) as connection:
            await api_keys.mark_revoked(connection, org_id, key_id)
            await audit(connection, "twilio_api_key_revoked", "twilio_api_key", sid)
