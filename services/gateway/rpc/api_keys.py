"""Serve ``ApiKeyService``: create, list and revoke API keys."""

from datetime import UTC
from uuid import UUID

from servicekit.cursors import CursorCodec
from servicekit.db.database import Database
from servicekit.identity import current
from servicekit.rpc.messages import enum_name, enum_value, fill
from servicekit.rpc.pages import PageRequest
from servicekit.rpc.server import Context
from services.gateway.domain import clients
from services.gateway.storage import api_keys as stored
from services.gateway.storage.api_keys import ApiKey
from services.gateway.usecases.manage_api_keys import ApiKeyRequest, ManageApiKeys
from smsblaster.identity.v1 import api_keys_pb2, api_keys_pb2_grpc, test_mode_pb2

_SCOPE = api_keys_pb2.ApiKeyScope.DESCRIPTOR
_TEST = test_mode_pb2.MODE_TEST


class ApiKeyService(api_keys_pb2_grpc.ApiKeyServiceServicer):
    """Implements ``identity/v1/api_keys.proto``."""

    def __init__(self, database: Database, cursors: CursorCodec, manage: ManageApiKeys) -> None:
        self._database = database
        self._cursors = cursors
        self._manage = manage

    async def CreateApiKey(
        self, request: api_keys_pb2.CreateApiKeyRequest, context: Context
    ) -> api_keys_pb2.CreatedApiKey:
        """Create an API key for the caller."""
        expiry = request.expires_at if request.HasField("expires_at") else None
        in_test_mode = request.mode == _TEST if request.mode else clients.current().is_test
        wanted = ApiKeyRequest(
            name=request.name,
            scopes=[enum_name(_SCOPE, scope) for scope in request.scopes],
            expires_at=expiry.ToDatetime(UTC) if expiry else None,
            is_test=in_test_mode,
        )
        key, secret = await self._manage.create(current(), wanted)
        return api_keys_pb2.CreatedApiKey(api_key=api_key_message(key), key=secret)

    async def ListApiKeys(
        self, request: api_keys_pb2.ListApiKeysRequest, context: Context
    ) -> api_keys_pb2.ListApiKeysResponse:
        """List the organisation's API keys, newest first."""
        org_id = current().require_org()
        page = PageRequest(self._cursors, org_id, request)
        async with self._database.org(org_id) as connection:
            rows = await stored.page(connection, org_id, page.rows_to_read, page.last_id)
        rows, next_cursor = page.split(rows)
        return api_keys_pb2.ListApiKeysResponse(
            items=[api_key_message(row) for row in rows], next_cursor=next_cursor
        )

    async def RevokeApiKey(
        self, request: api_keys_pb2.RevokeApiKeyRequest, context: Context
    ) -> api_keys_pb2.RevokeApiKeyResponse:
        """Revoke an API key of the organisation."""
        caller = current()
        await self._manage.revoke(caller, caller.require_org(), UUID(request.id))
        return api_keys_pb2.RevokeApiKeyResponse()


def api_key_message(key: ApiKey) -> api_keys_pb2.ApiKey:
    """Return the message of a key."""
    scopes = [enum_value(_SCOPE, scope) for scope in key.scopes]
    return fill(api_keys_pb2.ApiKey(), key, scopes=scopes)
