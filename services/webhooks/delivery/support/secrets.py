"""References to the database fields that store the secrets of endpoints and listeners."""

from uuid import UUID

from servicekit.vault import SecretRef
from services.webhooks.delivery.storage import listeners
from services.webhooks.delivery.storage.endpoints import OLD_SECRET, SECRET


def secret_ref(org_id: UUID, endpoint_id: UUID) -> SecretRef:
    """Return a reference to the field that stores the secret of an endpoint."""
    return SecretRef(org_id, SECRET.table.name, SECRET.column, endpoint_id)


def listener_secret_ref(org_id: UUID, listener_id: UUID) -> SecretRef:
    """Return a reference to the field that stores the secret of a listener."""
    column = listeners.SECRET
    return SecretRef(org_id, column.table.name, column.column, listener_id)


def old_secret_ref(org_id: UUID, endpoint_id: UUID) -> SecretRef:
    """Return a reference to the field that stores the secret before the last rotation."""
    return SecretRef(org_id, OLD_SECRET.table.name, OLD_SECRET.column, endpoint_id)
