"""Return the path of an export's file."""

from uuid import UUID

from services.messaging.common.storage.files import Place


def export_path(folder: Place, org_id: UUID, export_id: UUID) -> Place:
    """Return the path of an export's file."""
    return folder / str(org_id) / f"{export_id}.csv"
