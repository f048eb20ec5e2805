"""Serve ``OrganisationAdminService``: the list of all organisations, for operators."""

import asyncio

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.ids import parse_id
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.providers.organisations import OrganisationSources
from services.gateway.rpc.partial import or_none
from services.gateway.storage import all_orgs
from smsblaster.identity.v1 import admin_pb2, admin_pb2_grpc


class OrganisationAdminRpc(admin_pb2_grpc.OrganisationAdminServiceServicer):
    """Shows all organisations to operators."""

    def __init__(
        self, database: Database, cursors: CursorCodec, sources: OrganisationSources
    ) -> None:
        self._database = database
        self._cursors = cursors
        self._sources = sources

    async def ListOrganisations(
        self, request: admin_pb2.ListOrganisationsRequest, context: Context
    ) -> admin_pb2.ListOrganisationsResponse:
        """List organisations, with one call to each service for the whole page."""
        page = PageRequest(self._cursors, current().require_org(), request)
        async with self._database.system() as connection:
            rows = await all_orgs.page(
                connection,
                page.rows_to_read,
                page.last_id,
                request.search or None,
                parse_id(request.org_id),
            )
        rows, next_cursor = page.split(rows)
        items = [fill(admin_pb2.AdminOrganisation(), row) for row in rows]
        if rows:
            ids = [row.id for row in rows]
            balances, usage = await asyncio.gather(
                or_none("balances", self._sources.balances(ids)),
                or_none("usage", self._sources.usage(ids)),
            )
            for place, item in enumerate(items):
                if balances:
                    item.balance_cents = balances.items[place].balance_cents
                    item.currency = balances.currency
                if usage:
                    item.usage.CopyFrom(usage.items[place])
        return admin_pb2.ListOrganisationsResponse(items=items, next_cursor=next_cursor)
