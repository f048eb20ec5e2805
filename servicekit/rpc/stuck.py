"""Notice methods that meet a lock whoever calls them, as while a table is being changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from servicekit.db.database import is_busy
from servicekit.errors import Busy

_ORGANISATIONS = 3
"""Organisations that must have met a lock: one locked row concerns only one."""
_TRIES = 2


class StuckMethods:
    """Refuses at once what would only wait for a lock, and so keeps the connections for others.

    Once a method has been too busy for several organisations, one call of it at a time tries again,
    and two of all such methods. The others are refused until one succeeds.
    """

    def __init__(self) -> None:
        self._met: dict[str, set[UUID]] = {}
        self._trying: set[str] = set()

    @contextmanager
    def turn(self, method: str, org_id: UUID | None) -> Iterator[None]:
        """Call ``method`` for ``org_id`` within the block.

        Raises:
            Busy: Another call waits for the same already.
        """
        stuck = len(self._met.get(method, ())) >= _ORGANISATIONS
        if stuck:
            self._try(method)
        try:
            yield
        except Exception as error:
            if org_id is not None and (isinstance(error, Busy) or is_busy(error)):
                self._note(method, org_id)
            raise
        else:
            self._met.pop(method, None)
        finally:
            if stuck:
                self._trying.discard(method)

    def _try(self, method: str) -> None:
        if method in self._trying or len(self._trying) >= _TRIES:
            raise Busy
        self._trying.add(method)

    def _note(self, method: str, org_id: UUID) -> None:
        met = self._met.setdefault(method, set())
        if len(met) < _ORGANISATIONS:
            met.add(org_id)
