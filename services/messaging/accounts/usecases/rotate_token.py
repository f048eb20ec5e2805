"""Replace the auth token of a subaccount, while webhooks are accepted and messages are sent.

A secondary token is created and stored. From then on, webhooks may be signed with either token,
and we sign in with the secondary one. Once every process knows it, it is promoted: it becomes the
only valid token. If a step is interrupted, the job ``finish-rotations`` completes it.
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
from services.messaging.common.providers.twilio_http import TwilioRefused
from services.messaging.common.support.audit import audit


class RotateToken:
    """Replaces auth tokens of subaccounts."""

    def __init__(
        self, database: Database, twilio: TwilioAccounts, accounts: SendingAccounts
    ) -> None:
        self._database = database
        self._twilio = twilio
        self._accounts = accounts

    async def rotate(self, org_id: UUID) -> Rotation:
        """Start to replace the auth token, or return the rotation that is in progress.

        Raises:
            NotFound: no_subaccount.
            Unavailable: Twilio did not answer. The job continues the rotation.
            TwilioRefused: Twilio refused. The job continues the rotation.
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
        """Create the secondary token at Twilio and store it.

        A secondary token that an interrupted attempt created is deleted first, since we don't
        know it.

        Returns:
            The time from which the token is valid.

        Raises:
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
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
        self._accounts.evict(org_id)
        return since

    async def promote(self, org_id: UUID) -> None:
        """Make the secondary token the only valid one.

        If someone else has deleted it at Twilio, the rotation continues with a new token.

        Raises:
            Unavailable: Twilio did not answer.
            TwilioRefused: Twilio refused.
        """
        account = await self._account(org_id)
        try:
            # The token is valid before and after its promotion. If an earlier attempt has promoted
            # it, Twilio has no secondary token and answers 404.
            with suppress(NotFound):
                await self._twilio.promote_secondary_token(account)
        except TwilioRefused as refusal:
            if refusal.provider_code != AUTHENTICATION_FAILED:
                raise
            await self._lost(org_id, account)
        else:
            await self._promoted(org_id, account)
        self._accounts.evict(org_id)

    async def _account(self, org_id: UUID) -> SendingAccount:
        """Return the organisation's account, with the secondary token if there is one."""
        self._accounts.evict(org_id)
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
            await rotations.remove_secondary(connection, org_id)
            await audit(
                connection,
                "twilio_token_secondary_lost",
                "twilio_subaccount",
                account.sub_account_sid,
            )
