"""The planner: leases running campaigns and takes their turns, several at once."""

import asyncio
import time

import structlog
from sqlalchemy.exc import SQLAlchemyError

from servicekit import failing_items
from servicekit.db.database import Database
from servicekit.failing_items import Item, JobName
from servicekit.isolation import is_away, may_pass
from servicekit.telemetry.tracing import span, tracing
from services.campaigns.campaigns.storage import plans
from services.campaigns.campaigns.storage.plans import Lease
from services.campaigns.campaigns.usecases.plan_turn import PlanTurn
from services.campaigns.common.storage.planner import WORK

log = structlog.get_logger()

_NAME = JobName("campaigns", "planner")
_TURNS_AT_ONCE = 4
# Maximum and minimum seconds between two searches for due campaigns. A wake-up shortens the wait.
_LOOK_SECONDS = 0.2
_GAP_SECONDS = 0.05
# While no campaign is being sent, searches are rare, because a campaign that starts wakes the
# planner of its process. Searches then only find campaigns of other processes, and campaigns that
# are due again after a long pause.
_IDLE_LOOK_SECONDS = 1.0
_IDLE_AFTER_SECONDS = 5.0
_TROUBLE_SECONDS = 1.0


class Planner:
    """Hands over the recipients of running campaigns to messaging, until cancelled.

    Any number of planners can run.
    """

    def __init__(self, database: Database, plan_turn: PlanTurn, lease_seconds: float) -> None:
        self._database = database
        self._plan_turn = plan_turn
        self._lease_seconds = lease_seconds
        failing_items.count_from_zero(_NAME.job)
        self._turns: set[asyncio.Task[None]] = set()
        self._bell = asyncio.Event()
        self._last_turn_at = 0.0
        database.wakeups.add(WORK, self.wake)

    def wake(self) -> None:
        """Search for due campaigns now."""
        self._bell.set()

    async def run(self) -> None:
        """Work on due campaigns until cancelled.

        An error does not end this method. Cancelling also ends the turns in progress.
        """
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await self._begin_turns(group)
                except (SQLAlchemyError, OSError) as error:
                    log.warning("planner_waits", error=repr(error))
                except Exception:  # after any error, the planner must go on
                    log.exception("planner_waits")
                await asyncio.sleep(_GAP_SECONDS)
                await self._wait()

    async def _begin_turns(self, group: asyncio.TaskGroup) -> None:
        free = _TURNS_AT_ONCE - len(self._turns)
        if free == 0:
            return
        async with self._database.system() as connection:
            leases = await plans.lease(connection, free, self._lease_seconds)
        if leases:
            self._last_turn_at = time.monotonic()
        for lease in leases:
            turn = group.create_task(self._turn(lease))
            self._turns.add(turn)
            turn.add_done_callback(self._turns.discard)

    async def _wait(self) -> None:
        is_idle = time.monotonic() - self._last_turn_at > _IDLE_AFTER_SECONDS
        try:
            async with asyncio.timeout(_IDLE_LOOK_SECONDS if is_idle else _LOOK_SECONDS):
                await self._bell.wait()
        except TimeoutError:
            pass
        self._bell.clear()

    async def _turn(self, lease: Lease) -> None:
        with tracing(lease.trace_to_continue), span("plan turn"):
            await self._turn_traced(lease)

    async def _turn_traced(self, lease: Lease) -> None:
        seconds = _TROUBLE_SECONDS
        failure: Exception | None = None
        try:
            seconds = await self._plan_turn.take_turn(lease)
        except Exception as error:
            if is_away(error) or may_pass(error):
                log.warning("turn_failed", campaign_id=str(lease.campaign_id), error=repr(error))
            else:
                # An error with one campaign must not stop the others.
                log.exception("turn_broke", campaign_id=str(lease.campaign_id))
                failure = error
        finally:
            await self._give_back(lease, seconds, failure)
            self.wake()

    async def _give_back(self, lease: Lease, seconds: float, failure: Exception | None) -> None:
        """End the turn, and make the next one due in `seconds`.

        A `failure` is recorded, and the campaign then gets turns less often.
        """
        item = Item(str(lease.campaign_id), lease.org_id)
        try:
            async with self._database.org(lease.org_id) as connection:
                if failure:
                    seconds = await failing_items.record(connection, _NAME, item, failure)
                else:
                    await failing_items.resolve(connection, _NAME, item.id)
                await plans.give_back(connection, lease, seconds)
        except (SQLAlchemyError, OSError) as error:
            log.warning("lease_left_to_expire", error=repr(error))
