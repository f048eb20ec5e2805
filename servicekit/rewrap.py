"""Encrypt every stored secret under the newest key-encryption key, so that old keys can be removed.

Only the wrapped data keys change ("rewrap"), not the ciphertexts. After an interruption, run it
again: values under the newest key are skipped.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

import structlog

from servicekit.crypto import DecryptionFailed
from servicekit.db import sealed_columns
from servicekit.db.database import Database
from servicekit.db.sealed_columns import SecretColumn, StoredSecret
from servicekit.vault import SecretRef, Vault

log = structlog.get_logger()

_BATCH = 200


class RewrapSecrets:
    """Encrypts the secrets in ``columns`` again, under the newest key."""

    def __init__(self, database: Database, vault: Vault, columns: Sequence[SecretColumn]) -> None:
        self._database = database
        self._vault = vault
        self._columns = columns

    async def rewrap(self) -> Mapping[str, int]:
        """Encrypt every stored secret under the newest key.

        Returns:
            The counts of values that were ``rewrapped``, already ``current``, or ``unreadable``.

        Raises:
            Unavailable: The KMS can't be reached. Values that are already rewrapped stay so.
        """
        counts = Counter(rewrapped=0, current=0, unreadable=0)
        for column in self._columns:
            await self._rewrap_column(column, counts)
        return counts

    async def _rewrap_column(self, column: SecretColumn, counts: Counter[str]) -> None:
        last: UUID | None = None
        while True:
            async with self._database.system() as connection:
                found = await sealed_columns.after(connection, column, last, _BATCH)
            for secret in found:
                counts[await self._rewrap(column, secret)] += 1
            if len(found) < _BATCH:
                return
            last = found[-1].row

    async def _rewrap(self, column: SecretColumn, secret: StoredSecret) -> str:
        ref = SecretRef(secret.org_id, column.table.name, column.column, secret.row)
        try:
            sealed = await self._vault.rewrap(ref, secret.sealed)
        except DecryptionFailed:
            log.warning("secret_unreadable", table=column.table.name, row=str(secret.row))
            return "unreadable"
        if sealed is None:
            return "current"
        async with self._database.org(secret.org_id) as connection:
            await sealed_columns.replace(connection, column, secret, sealed)
        return "rewrapped"
