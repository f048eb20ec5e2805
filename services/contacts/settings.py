"""Contacts' settings."""

from pydantic import Field

from servicekit.settings import GrpcSettings


class ContactsSettings(GrpcSettings):
    """What contacts needs to know."""

    import_max_bytes: int = Field(
        default=100 * 1024 * 1024, ge=1, description="Bytes that an imported file may have"
    )
    import_max_rows: int = Field(
        default=1_000_000, ge=1, description="Rows that an imported file may have"
    )
    import_max_columns: int = Field(
        default=1_000, ge=1, description="Columns that an imported file may have"
    )
    import_lease_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Seconds after which an import job whose worker is silent is taken up again",
    )
