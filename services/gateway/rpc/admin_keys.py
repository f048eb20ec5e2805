"""Serve ``ApiKeyAdminService`` and ``PlatformKeyService``, for operators."""

from collections.abc import Sequence
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.errors import CrossOrgAccess, NotFound
from servicekit.identity import current
from servicekit.rpc.messages import fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.rpc.api_keys import api_key_message
from services.gateway.storage import api_keys
from services.gateway.storage.signing_keys import SigningKeys, made_at
from services.gateway.usecases.manage_api_keys import ManageApiKeys
from smsblaster.identity.v1 import admin_keys_pb2, admin_keys_pb2_grpc, api_keys_pb2


class ApiKeyAdminRpc(admin_keys_pb2_grpc.ApiKeyAdminServiceServicer):
    """Lists and revokes the API keys of any organisation."""

    def __init__(self, database: Database, cursors: CursorCodec, manage: ManageApiKeys) -> None:
        self._database = database
        self._cursors = cursors
        self._manage = manage

    async def ListOrganisationApiKeys(
        self, request: admin_keys_pb2.ListOrganisationApiKeysRequest, context: Context
    ) -> api_keys_pb2.ListApiKeysResponse:
        """List an organisation's API keys, newest first."""
        org_id = UUID(request.org_id)
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await api_keys.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return api_keys_pb2.ListApiKeysResponse(
            items=[api_key_message(row) for row in rows], next_cursor=next_cursor
        )

    async def RevokeOrganisationApiKey(
        self, request: admin_keys_pb2.RevokeOrganisationApiKeyRequest, context: Context
    ) -> api_keys_pb2.ApiKey:
        """Revoke an API key of an organisation."""
        org_id, key_id = UUID(request.org_id), UUID(request.id)
        try:
            key = await self._manage.revoke(current(), org_id, key_id, request.reason)
        except CrossOrgAccess:
            # Operators may see every organisation, so this is a mistake and no attack.
            raise NotFound(
                "The organisation has no API key with this id.", code="api_key_not_found"
            ) from None
        return api_key_message(key)


class PlatformKeyRpc(admin_keys_pb2_grpc.PlatformKeyServiceServicer):
    """Lists the platform's own keys by their names.

    Args:
        signing: The keys of access tokens.
        encrypting: The names of the keys of stored secrets, the current one first.
    """

    def __init__(self, signing: SigningKeys, encrypting: Sequence[str]) -> None:
        self._signing = signing
        self._encrypting = encrypting

    async def ListPlatformKeys(
        self, request: admin_keys_pb2.ListPlatformKeysRequest, context: Context
    ) -> admin_keys_pb2.ListPlatformKeysResponse:
        """List the keys of access tokens and of stored secrets."""
        signs = self._signing.newest().kid
        tokens = [
            fill(
                admin_keys_pb2.PlatformKey(
                    name=key.kid,
                    use=admin_keys_pb2.PLATFORM_KEY_USE_ACCESS_TOKENS,
                    is_current=key.kid == signs,
                ),
                {"created_at": made_at(key.kid)},
            )
            for key in self._signing.all()
        ]
        secrets = [
            admin_keys_pb2.PlatformKey(
                name=name,
                use=admin_keys_pb2.PLATFORM_KEY_USE_STORED_SECRETS,
                is_current=position == 0,
            )
            for position, name in enumerate(self._encrypting)
        ]
        return admin_keys_pb2.ListPlatformKeysResponse(items=[*tokens, *secrets])
