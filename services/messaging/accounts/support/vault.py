"""References to the database fields that store the secrets of an organisation's account."""

from uuid import UUID

from servicekit.vault import SecretRef


def token_ref(org_id: UUID, column: str) -> SecretRef:
    """Return a reference to the field that stores an auth token. The row's id is ``org_id``."""
    return SecretRef(org_id, "twilio_subaccounts", column, org_id)


def key_ref(org_id: UUID, key_id: UUID) -> SecretRef:
    """Return a reference to the field that stores the secret of an API key."""
    return SecretRef(org_id, "twilio_api_keys", "secret_encrypted", key_id)
