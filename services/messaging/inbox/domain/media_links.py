"""Links to the files of incoming messages."""

from datetime import datetime
from uuid import UUID

from services.messaging.common.domain import signed_links
from services.messaging.common.domain.signed_links import SignedLink

PURPOSE = b"media link v1"
"""The purpose for which links to files are signed. Links to exports have another one."""


def link_to(key: bytes, org_id: UUID, media_id: UUID, expires_at: datetime) -> str:
    """Return the path of a file with a token, which is signed with `key` and expires."""
    token = signed_links.sign(key, PURPOSE, SignedLink(org_id, media_id, expires_at))
    return f"/api/media/{media_id}?token={token}"
