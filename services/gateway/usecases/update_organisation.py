"""Change an organisation's name, time zone, rule for second factors, and age of its audit log."""

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.db.versions import require_version
from servicekit.errors import Conflict
from servicekit.identity import Identity
from servicekit.time_zones import require_time_zone
from services.gateway.domain.users import require_owner
from services.gateway.storage import audit, orgs, second_factors
from services.gateway.storage.audit import AuditEntry
from services.gateway.storage.orgs import Organisation


class UpdateOrganisation:
    """Changes the settings of an organisation that its admins can set."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def update(
        self,
        caller: Identity,
        changes: Mapping[str, str | bool | int | None],
        if_version: int | None = None,
    ) -> Organisation:
        """Set the fields in `changes`.

        They are ``name``, ``time_zone``, ``second_factor_required`` and ``audit_log_days``. The
        last one is None to keep the audit log for ever.

        Raises:
            PreconditionFailed: Somebody has changed the organisation since its version
                `if_version`.
            InvalidInput: The time zone does not exist.
            Forbidden: An admin wants to set ``audit_log_days``, which only an owner may.
            Conflict: second_factor_off, the caller wants to require a second factor but has none.
        """
        org_id = caller.require_org()
        if "audit_log_days" in changes:
            # Otherwise an admin could delete the traces of what they did.
            require_owner(caller)
        if "time_zone" in changes:
            changes = {**changes, "time_zone": require_time_zone(str(changes["time_zone"]))}
        async with self._database.org(org_id) as connection:
            require_version(await orgs.lock_versions(connection, org_id), if_version)
            if changes.get("second_factor_required"):
                await _require_second_factor(connection, caller)
            if changes:
                await orgs.change(connection, org_id, dict(changes))
                entry = AuditEntry(
                    org_id, caller.require_user(), "org_updated", "org", str(org_id), dict(changes)
                )
                await audit.record(connection, [entry])
            return await orgs.get(connection, org_id)


async def _require_second_factor(connection: AsyncConnection, caller: Identity) -> None:
    """Refuse callers without a second factor, who would lock themselves out. Raises `Conflict`."""
    org_id, user_id = caller.require_org(), caller.require_user()
    if await second_factors.find_confirmed(connection, org_id, user_id) is None:
        raise Conflict(
            "Turn on two-step sign-in for your own account first.", code="second_factor_off"
        )
