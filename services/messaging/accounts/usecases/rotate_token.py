"""Replace the auth token of a subaccount, so that no webhook is refused and no text is lost.

A secondary token is made and stored: webhooks may be signed with either from then on, and we sign
in with the secondary. When everybody has heard of it, it is promoted, which ends the old one. A
crash between any two of these is mended by the job that finishes rotations.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from servicekit.db.database import Database
from servicekit.errors import NotFound
from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.accounts.providers.twilio_accounts import (
    AUTHENTICATION_FAILED,
    TwilioAccounts,
)
from services.messaging.accounts.storage import rotations
from services.messaging.accounts.storage.rotations import Rotation
from services.messaging.accounts.support.credentials import (
    SECONDARY,
    SendingAccounts,
    no_subaccount,
)
from services.messaging.common.providers.twilio_http import Refused
from services.messaging.common.support.audit import audit


class RotateToken:
    """Rotates auth tokens."""

    def __init__(
        self, database: Database, twilio: TwilioAccounts, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts

    async def __call__(self, org_id: UUID) -> Rotation:
        """Begin a rotation, or tell of the one under way.

        Raises ``NotFound`` no_subaccount, ``Unavailable`` and ``Refused``; the job goes on then.
        """
        async with self._database.org(org_id) as connection:
            rotation = await rotations.request(connection, org_id)
            if rotation and rotation.started:
                await audit(
                    connection, "twilio_token_rotation_requested", "twilio_subaccount", str(org_id)
                )
        if rotation is None:
            raise no_subaccount()
        if rotation.started:
            return replace(rotation, secondary_since=await self.make_secondary(org_id))
        return rotation

    async def make_secondary(self, org_id: UUID) -> datetime:
        """Have Twilio make the secondary token, and store it; since when it counts.

        One that an interrupted attempt left is known to nobody and ends first. Raises
        ``Unavailable`` and ``Refused``.
        """
        account = await self._account(org_id)
        with suppress(NotFound):
            await self._twilio.delete_secondary_token(account)
        token = await self._twilio.create_secondary_token(account)
        sealed = await self._accounts.seal(org_id, token, SECONDARY)
        async with self._database.org(org_id) as connection:
            since = await rotations.store_secondary(connection, org_id, sealed)
            await audit(
                connection,
                "twilio_token_secondary_created",
                "twilio_subaccount",
                account.sub_account_sid,
            )
        self._accounts.forget(org_id)
        return since

    async def promote(self, org_id: UUID) -> None:
        """Make the secondary token the only one.

        Where it was ended at Twilio by somebody else, the rotation goes on with another. Raises
        ``Unavailable`` and ``Refused``.
        """
        account = await self._account(org_id)
        try:
            # It signs in both before and after: an attempt that was cut off is told by there
            # being no secondary token any more.
            with suppress(NotFound):
                await self._twilio.promote_secondary_token(account)
        except Refused as refusal:
            if refusal.provider_code != AUTHENTICATION_FAILED:
                raise
            await self._lost(org_id, account)
        else:
            await self._promoted(org_id, account)
        self._accounts.forget(org_id)

    async def _account(self, org_id: UUID) -> SendingAccount:
        """The account as it stands, signed in with the secondary token where there is one."""
        self._accounts.forget(org_id)
        return await self._accounts.for_org(org_id)

    async def _promoted(self, org_id: UUID, account: SendingAccount) -> None:
        sealed = await self._accounts.seal(org_id, account.auth_token)
        async with self._database.org(org_id) as connection:
            await rotations.finish(connection, org_id, sealed)
            await audit(
                connection, "twilio_token_promoted", "twilio_subaccount", account.sub_account_sid
            )

    async def _lost(self, org_id: UUID, account: SendingAccount) -> None:
        async with self._database.org(org_id) as connection:
            await rotations.forget_secondary(connection, org_id)
            await audit(
                connection,
                "twilio_token_secondary_lost",
                "twilio_subaccount",
                account.sub_account_sid,
            )
