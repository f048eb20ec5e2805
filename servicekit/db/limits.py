"""How long a transaction may take: waiting for a lock, running a statement, doing nothing.

Every connection begins with the limits of a request. Work that needs more says so: jobs for all
their transactions, an export for its own. Waiting for a lock is equally short for all: work that
meets a locked row gives up and tries again later, and takes no connection from others meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits of a transaction, in seconds.

    Attributes:
        lock: How long a statement waits for a lock that somebody else holds.
        statement: How long a statement runs, waiting included.
        idle: How long the transaction may stay open between statements.
    """

    lock: float
    statement: float
    idle: float

    def settings(self) -> dict[str, str]:
        """Return the limits as settings of Postgres, which counts in milliseconds."""
        return {
            "lock_timeout": _milliseconds(self.lock),
            "statement_timeout": _milliseconds(self.statement),
            "idle_in_transaction_session_timeout": _milliseconds(self.idle),
        }


REQUEST = Limits(lock=3, statement=30, idle=10)
"""Requests and messages of the bus."""

JOB = Limits(lock=3, statement=600, idle=60)
"""Jobs, which may read or change a whole table."""

IMPORT = Limits(lock=60, statement=600, idle=60)
"""Imports write thousands of rows at a time; those of one organisation wait for each other."""

EXPORT = Limits(lock=3, statement=3600, idle=60)
"""One statement that lasts as long as its reader takes."""

IMPATIENT = Limits(lock=0.5, statement=30, idle=10)
"""Messages of the bus that met a lock, or may have: the others should not wait for them."""

MIGRATION = Limits(lock=2, statement=600, idle=60)
"""Changes of tables: every later transaction waits behind one that waits for a lock."""

_current: ContextVar[Limits] = ContextVar("limits", default=REQUEST)


def current() -> Limits:
    """Return the limits of the work that is being done."""
    return _current.get()


@contextmanager
def working_within(limits: Limits) -> Iterator[None]:
    """Give the transactions that are opened within the block these limits."""
    token = _current.set(limits)
    try:
        yield
    finally:
        _current.reset(token)


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
