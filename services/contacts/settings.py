"""Settings of the contacts service."""

from pydantic import Field

from servicekit.settings import GrpcSettings


class ContactsSettings(GrpcSettings):
    """Settings for the database, the bus and imports, from environment variables."""

    import_max_bytes: int = Field(
        default=100 * 1024 * 1024, ge=1, description="Maximum bytes of an imported file"
    )
    import_max_rows: int = Field(
        default=1_000_000, ge=1, description="Maximum rows of an imported file"
    )
    import_max_columns: int = Field(
        default=1_000, ge=1, description="Maximum columns of an imported file"
    )
    import_lease_seconds: float = Field(
        default=60.0,
        gt=0,
        description="Seconds after which another worker may take over a running import job",
    )
