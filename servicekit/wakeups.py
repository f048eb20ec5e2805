"""Wake a loop of this process when a transaction that stored work for it has committed.

So such a loop rarely needs to search the database, for work that other processes have left.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

_NOTED = "wakeups"


class Wakeups:
    """The loops of a process that can be woken, by the name of the work that they do."""

    def __init__(self) -> None:
        self._loops: defaultdict[str, list[Callable[[], None]]] = defaultdict(list)

    def add(self, work: str, wake: Callable[[], None]) -> None:
        """Call `wake` after each commit of a transaction that stored `work`."""
        self._loops[work].append(wake)

    def wake(self, noted: Iterable[str]) -> None:
        """Wake the loops for the work that a transaction has stored."""
        for work in noted:
            for wake in self._loops.get(work, ()):
                wake()


def begin(connection: AsyncConnection) -> Iterable[str]:
    """Start to collect the work of a transaction; return the set to which it will be added."""
    noted: set[str] = set()
    connection.info[_NOTED] = noted
    return noted


def note(connection: AsyncConnection, work: str) -> None:
    """Wake the loops of this process for `work` once this transaction has committed."""
    noted: set[str] | None = connection.info.get(_NOTED)
    if noted is not None:
        noted.add(work)
