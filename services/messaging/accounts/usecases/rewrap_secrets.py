"""Wrap every stored secret anew under the newest key-encryption key, so that an old one can go.

The ciphertexts stay. Who is interrupted begins again: what is done already is passed over.
"""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

import structlog

from servicekit.crypto import DecryptionFailed
from servicekit.db.database import Database
from services.messaging.accounts.storage import secrets
from services.messaging.accounts.storage.secrets import SecretColumn, StoredSecret
from services.messaging.accounts.support.vault import Place, Vault

log = structlog.get_logger()

_BATCH = 200


class RewrapSecrets:
    """Wraps secrets anew."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def __call__(self) -> Mapping[str, int]:
        """How many values are ``rewrapped``, were ``current`` already, and can't be ``opened``.

        Raises ``Unavailable`` where a KMS is away; what is done by then is kept.
        """
        counts = Counter(rewrapped=0, current=0, unreadable=0)
        for column in secrets.COLUMNS:
            await self._rewrap_column(column, counts)
        return counts

    async def _rewrap_column(self, column: SecretColumn, counts: Counter[str]) -> None:
        last: UUID | None = None
        while True:
            async with self._database.system() as connection:
                found = await secrets.after(connection, column, last, _BATCH)
            for secret in found:
                counts[await self._rewrap(column, secret)] += 1
            if len(found) < _BATCH:
                return
            last = found[-1].row

    async def _rewrap(self, column: SecretColumn, secret: StoredSecret) -> str:
        place = Place(secret.org_id, column.table.name, column.column, secret.row)
        try:
            sealed = await self._vault.rewrap(place, secret.sealed)
        except DecryptionFailed:
            log.warning("secret_unreadable", table=column.table.name, row=str(secret.row))
            return "unreadable"
        if sealed is None:
            return "current"
        async with self._database.org(secret.org_id) as connection:
            await secrets.replace(connection, column, secret, sealed)
        return "rewrapped"
