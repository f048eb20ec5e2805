"""Set how fast an organisation may send."""

from dataclasses import replace

from servicekit import identity
from servicekit.db.database import Database
from servicekit.identity import acting_as
from services.messaging.common.support.audit import audit
from services.messaging.sending.storage import sending_rates
from services.messaging.sending.storage.sending_rates import SendingRate


class SetSendingRate:
    """Sets an organisation's rate at the request of an operator, and audits the change."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def set(self, rate: SendingRate, reason: str) -> None:
        """Set the rate. Setting the same rate again is not audited."""
        async with self._database.org(rate.org_id) as connection:
            before = await sending_rates.replace(connection, rate)
            if before == rate.segments_per_second:
                return
            with acting_as(replace(identity.current(), org_id=rate.org_id)):
                await audit(
                    connection,
                    "sending_rate_set",
                    "organisation",
                    str(rate.org_id),
                    reason=reason,
                    before="default" if before is None else str(before),
                    segmentsPerSecond=str(rate.segments_per_second),
                )
