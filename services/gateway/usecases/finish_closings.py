"""Stop closed organisations from sending, and delete their data when the grace is over."""

from dataclasses import replace
from functools import partial

from servicekit.db.database import Database
from servicekit.db.org_rows import DeleteOrgRows
from servicekit.failing_items import Item
from servicekit.identity import GATEWAY, Identity, acting_as
from servicekit.isolation import JobItems
from servicekit.modes import both_of
from servicekit.removals import Removed
from services.gateway.domain.users import OPERATOR, OWNER
from services.gateway.providers.accounts_of_closed import AccountsOfClosed
from services.gateway.providers.stored_data import StoredData
from services.gateway.storage import audit, closings, org_tables, orgs
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.closings import Closing

_SERVICES = ("campaigns", "messaging", "contacts", "webhooks", "billing", GATEWAY)
"""The services that delete their data, in this order: first for live mode, then for test mode."""

STEPS = 2 * len(_SERVICES)

_AT_ONCE = 20
_WAITING_SECONDS = 60.0
_MEMBERS = 1000


class FinishClosings:
    """Does what follows from a closing or a reopening. An interrupted step is repeated."""

    def __init__(
        self, database: Database, accounts: AccountsOfClosed, stored_data: StoredData
    ) -> None:
        self._database = database
        self._accounts = accounts
        self._stored_data = stored_data
        self._own_rows = DeleteOrgRows(database, org_tables.TABLES)
        self._items = JobItems(database, "gateway", "close-organisations")

    async def go_on(self) -> None:
        """Go on with the closings for which something must be done."""
        async with self._database.system() as connection:
            due = await closings.due(connection, _AT_ONCE)
        async with self._items.turn() as turn:
            for closing in due:
                item = Item(str(closing.id), closing.org_id)
                await turn.attempt(item, partial(self._go_on, closing))

    async def _go_on(self, closing: Closing) -> None:
        roles = frozenset({OWNER, OPERATOR})
        with acting_as(Identity(GATEWAY, closing.org_id, closing.closed_by, roles=roles)):
            if closing.reopened_at:
                await self._resume(closing)
            elif closing.suspended_at is None:
                await self._suspend(closing)
            else:
                await self._delete(closing)

    async def _suspend(self, closing: Closing) -> None:
        """Stop the sending. First note whether an operator had stopped it already."""
        was_suspended = closing.was_suspended
        if was_suspended is None:
            was_suspended = not await self._accounts.can_send(closing.org_id)
            async with self._database.system() as connection:
                await closings.note_suspension(connection, closing, before=was_suspended)
        if not was_suspended:
            await self._accounts.suspend(closing.org_id)
        await self._delete_cards(closing)
        async with self._database.system() as connection:
            await closings.mark_suspended(connection, closing)

    async def _delete_cards(self, closing: Closing) -> None:
        """Delete the members' saved cards, so that no number is paid with them."""
        async with self._database.org(closing.org_id) as connection:
            members = await orgs.members(connection, closing.org_id, _MEMBERS, None)
        for member in members:
            with acting_as(Identity(GATEWAY, closing.org_id, member.id)):
                await self._accounts.delete_card()

    async def _resume(self, closing: Closing) -> None:
        """Let a reopened organisation send again, unless an operator had suspended it before."""
        if not closing.was_suspended:
            await self._accounts.resume(closing.org_id)
        async with self._database.system() as connection:
            await closings.mark_resumed(connection, closing)

    async def _delete(self, closing: Closing) -> None:
        async with self._database.system() as connection:
            if not await closings.begin_deletion(connection, closing):
                return
        while closing.step < STEPS:
            closing = await self._step(closing)
            if closing.waiting_for:
                return
        await self._finish(closing)

    async def _step(self, closing: Closing) -> Closing:
        """Let the next service delete a part, and store how far it came."""
        mode, place = divmod(closing.step, len(_SERVICES))
        org_id, service = both_of(closing.org_id)[mode], _SERVICES[place]
        if service == GATEWAY:
            removed = await self._own_rows.delete(org_id, closing.step_cursor)
        else:
            with acting_as(Identity(GATEWAY, org_id, closing.closed_by)):
                removed = await self._stored_data.delete(service, closing.step_cursor)
        after = _after(closing, removed)
        async with self._database.system() as connection:
            await closings.save(connection, after, _WAITING_SECONDS if after.waiting_for else 0)
        return after

    async def _finish(self, closing: Closing) -> None:
        """Delete the organisation itself. The closing stays as the receipt."""
        org_id = closing.org_id
        entry = AuditEntry(org_id, None, "organisation_deleted", "org", str(org_id))
        async with self._database.system() as connection:
            for each in reversed(both_of(org_id)):
                await org_tables.delete_org(connection, each)
            if await closings.finish(connection, closing):
                await audit.record(connection, [entry])


def _after(closing: Closing, removed: Removed) -> Closing:
    return replace(
        closing,
        counts=removed.added_to(closing.counts),
        step=closing.step + removed.done,
        step_cursor="" if removed.done else removed.cursor,
        waiting_for=removed.waiting_for,
    )
