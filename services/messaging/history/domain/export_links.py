"""Sign and verify the download links of exports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.messaging.common.domain import signed_links
from services.messaging.common.domain.signed_links import BadLink, SignedLink

__all__ = ["BadLink", "ExportLink", "sign", "verify"]

_PURPOSE = b"export link v1"


@dataclass(frozen=True, slots=True)
class ExportLink:
    """The export that a link opens, and when the link expires."""

    org_id: UUID
    export_id: UUID
    expires_at: datetime


def sign(key: bytes, link: ExportLink) -> str:
    """Return the token of `link`, signed with `key`."""
    return signed_links.sign(
        key, _PURPOSE, SignedLink(link.org_id, link.export_id, link.expires_at)
    )


def verify(keys: Sequence[bytes], export_id: UUID, token: str) -> ExportLink:
    """Return the link of `token`, which must be signed for the export with one of `keys`.

    Raises:
        BadLink: The token is malformed, or was signed with another key or for another export.
    """
    link = signed_links.verify(keys, _PURPOSE, export_id, token)
    return ExportLink(link.org_id, link.object_id, link.expires_at)
