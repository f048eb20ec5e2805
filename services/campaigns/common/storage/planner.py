"""Wake the planner of this process when a campaign is due."""

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import wakeups

WORK = "planner"
"""The name by which ``servicekit.wakeups`` wakes the planner."""


def wake_planner(connection: AsyncConnection) -> None:
    """Have the planner look for due campaigns as soon as this transaction has committed."""
    wakeups.note(connection, WORK)
