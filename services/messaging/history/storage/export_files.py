"""Return the path of an export's file."""

from pathlib import Path
from uuid import UUID


def export_path(folder: Path, org_id: UUID, export_id: UUID) -> Path:
    """Return the path of an export's file."""
    return folder / str(org_id) / f"{export_id}.csv"
