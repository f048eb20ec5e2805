"""Notice methods that are locked for all callers, for example while a table is being changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from servicekit.db.database import is_busy
from servicekit.errors import Busy

_ORGANISATIONS = 3
"""Minimum organisations that must have met a lock. One locked row concerns only one of them."""
_TRIES = 2


class StuckMethods:
    """Refuses calls that would only wait for a lock, so that connections stay free for other calls.

    A method is stuck once its calls for several organisations have failed because of a lock. Then
    only one call of this method is tried at a time, and at most two calls of all stuck methods
    together. The other calls of a stuck method are refused until one of its calls succeeds.
    """

    def __init__(self) -> None:
        self._met: dict[str, set[UUID]] = {}
        self._trying: set[str] = set()

    @contextmanager
    def turn(self, method: str, org_id: UUID | None) -> Iterator[None]:
        """Check a call of ``method`` for ``org_id``, and watch it until the ``with`` block ends.

        Raises:
            Busy: Another call already waits for the same lock.
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
