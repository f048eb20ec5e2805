"""Compare the same API call for a large organisation and for a small one, called alternately."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console

from bench.report import Figure

RUNS = 40
"""How often the call is made for each organisation: enough for a 95th percentile."""

_WANTED = 2.0
# Milliseconds by which two runs of the same call may differ on a shared machine.
_EQUAL_MILLISECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Beside:
    """The 95th percentiles, in ms, of the same call for a large and for a small organisation."""

    name: str
    large: float
    small: float

    @property
    def added(self) -> float:
        """Milliseconds that the call takes longer for the large organisation; 0 if less than 5."""
        added = self.large - self.small
        return 0.0 if added < _EQUAL_MILLISECONDS else added

    @property
    def ratio(self) -> float:
        """The large organisation's time divided by the small one's.

        It is at most 1 if the times differ by less than 5 ms.
        """
        ratio = self.large / self.small
        return ratio if self.added else min(1.0, ratio)

    def figure(self, name: str) -> Figure:
        """Return a figure called ``name`` with this ratio."""
        ours, yardstick = f"{self.large:.1f}", f"{self.small:.1f}"
        return Figure(name, ours, yardstick, self.ratio, _WANTED, at_most=True)


def by_turns(name: str, large: Callable[[], object], small: Callable[[], object]) -> Beside:
    """Call ``large`` and ``small`` alternately, so that both are measured under the same load."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(RUNS):
        for call, taken in zip((large, small), times, strict=True):
            started = time.perf_counter()
            call()
            taken.append((time.perf_counter() - started) * 1000)
    return Beside(name, _p95(times[0]), _p95(times[1]))


def worst(group: str, all_of_it: Iterable[Beside], console: Console) -> Figure:
    """Print every comparison of a group and return the worst one as the group's figure."""
    found = sorted(all_of_it, key=lambda each: (each.ratio, each.large / each.small), reverse=True)
    for each in found:
        beside = f"{each.large:7.1f} ms beside {each.small:5.1f}"
        console.print(f"  {group}, {each.name}: {beside}", highlight=False)
    return found[0].figure(f"{group}, worst p95 ms: {found[0].name}")


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]
