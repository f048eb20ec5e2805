"""Watch the servers that a process depends on, and report whether they can be used."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from prometheus_client import Gauge

log = structlog.get_logger()

Check = Callable[[], Awaitable[None]]
"""A check of one dependency: raises an error if something is wrong, otherwise returns."""

UP = Gauge(
    "smsblaster_dependency_up",
    "1 while what the process depends on can be used, 0 while not",
    ["dependency"],
)

_EVERY_SECONDS = 5.0
_CHECK_SECONDS = 2.0
_WELL = "ok"


class Dependencies:
    """Watches the dependencies of a process.

    Attributes:
        states: The latest state by name: ``ok``, or the kind of error.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self.states = dict.fromkeys(checks, "unknown")

    async def watch(self) -> None:
        """Check the dependencies until cancelled, and update the states, the metric and the log."""
        while True:
            await asyncio.gather(*(self._look(name) for name in self._checks))
            await asyncio.sleep(_EVERY_SECONDS)

    async def _look(self, name: str) -> None:
        state = await _state_of(self._checks[name])
        UP.labels(name).set(state == _WELL)
        if state != self.states[name]:
            tell = log.info if state == _WELL else log.warning
            tell("dependency_changed", dependency=name, state=state)
        self.states[name] = state


async def _state_of(check: Check) -> str:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception as error:  # noqa: BLE001 (whatever it is, it is the answer)
        return type(error).__name__
    return _WELL
