"""Merge a contact into another contact of the same person."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.audit import Act, record
from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import InvalidInput
from services.contacts.domain.contacts import FIELD_OF_COLUMN, TagChange
from services.contacts.domain.merges import MergeField, changes
from services.contacts.storage import contacts, merges, opt_status, tags
from services.contacts.storage.merges import LockedForMerge
from services.contacts.storage.rows import Contact


@dataclass(frozen=True, slots=True)
class Merge:
    """The two contacts to merge, and the fields that the kept one takes from the merged one."""

    org_id: UUID
    kept_id: UUID
    merged_id: UUID
    take: AbstractSet[MergeField] = frozenset()
    if_version: int | None = None


class MergeContacts:
    """Merges contacts. Other services then move what they store about the merged contact."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def merge(self, merge: Merge) -> Contact:
        """Merge a contact into the kept one and return it. Idempotent.

        Raises:
            InvalidInput: the two ids are the same.
            NotFound, CrossOrgAccess: the organisation doesn't have one of the contacts.
            PreconditionFailed: the kept contact's version is not the one that the caller expects.
        """
        if merge.kept_id == merge.merged_id:
            raise InvalidInput.of(
                "mergedId", "must not be the contact that is kept; name the other contact"
            )
        ids = (merge.org_id, merge.kept_id, merge.merged_id)
        async with self._database.org(merge.org_id) as connection:
            kept, merged = await merges.lock(connection, *ids)
            if kept and merged and not kept.is_deleted:
                is_repeat = merged.is_deleted and merged.merged_into == merge.kept_id
                if not merged.is_deleted:
                    require_version(kept.versions, merge.if_version, FIELD_OF_COLUMN)
                    await _merge(connection, merge, kept, merged)
                if is_repeat or not merged.is_deleted:
                    return (await contacts.find_all(connection, merge.org_id, [merge.kept_id]))[0]
        absent = merge.merged_id if kept and not kept.is_deleted else merge.kept_id
        raise await contacts.not_found(self._database, merge.org_id, [absent])


async def _merge(
    connection: AsyncConnection, merge: Merge, kept: LockedForMerge, merged: LockedForMerge
) -> None:
    ids = (merge.org_id, merge.kept_id, merge.merged_id)
    if kept.is_opted_out or merged.is_opted_out:
        phones = [kept.phone, merged.phone]
        await opt_status.opt_out_now(connection, merge.org_id, phones, "manual")
    columns = changes(kept.details, merged.details, merge.take)
    if columns:
        await contacts.change(connection, merge.org_id, merge.kept_id, columns)
    names = await merges.tags_of(connection, merge.org_id, merge.merged_id)
    if names:
        await tags.change(connection, merge.org_id, [merge.kept_id], TagChange(names, ()))
    await merges.join_lists(connection, *ids)
    await contacts.remove_all(connection, merge.org_id, [merge.merged_id])
    phone = kept.phone
    if "phone" in merge.take:
        phone = merged.phone
        both = ((merge.kept_id, kept.phone), (merge.merged_id, merged.phone))
        await merges.swap_phones(connection, merge.org_id, *both)
    at = await merges.mark_merged(connection, *ids)
    await _record(connection, merge)
    await merges.announce_merged(
        connection, merge.org_id, (merge.kept_id, phone), merge.merged_id, at
    )


async def _record(connection: AsyncConnection, merge: Merge) -> None:
    act = Act(
        merge.org_id,
        identity.current().user_id,
        "contacts_merged",
        ("contact", str(merge.kept_id)),
        {"merged_id": str(merge.merged_id), "taken": sorted(merge.take)},
    )
    await record(connection, "contacts", act)
