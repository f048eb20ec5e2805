"""How long a transaction may take: waiting for a lock, running a statement, doing nothing.

Every connection begins with the limits of a request. Work that needs more time sets other limits:
jobs for all their transactions, an export for its own. The limit for waiting for a lock is short
for all: work that needs a locked row gives up and tries again later, so that it does not hold a
connection meanwhile.
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
"""Time limits of transactions for requests and for messages of the bus."""

JOB = Limits(lock=3, statement=600, idle=60)
"""Time limits of transactions for jobs, which may read or change a whole table."""

IMPORT = Limits(lock=60, statement=600, idle=60)
"""Limits for imports, which write thousands of rows while the organisation's other imports wait."""

EXPORT = Limits(lock=3, statement=3600, idle=60)
"""Limits for exports: one statement that runs until its reader has read everything."""

IMPATIENT = Limits(lock=0.5, statement=30, idle=10)
"""Limits for bus messages that have probably met a lock before.

They are short, so that other messages can go on.
"""

MIGRATION = Limits(lock=2, statement=600, idle=60)
"""Limits for migrations: while one waits for a lock on a table, all later transactions wait too."""

_current: ContextVar[Limits] = ContextVar("limits", default=REQUEST)


def current() -> Limits:
    """Return the time limits for transactions of the current work."""
    return _current.get()


@contextmanager
def working_within(limits: Limits) -> Iterator[None]:
    """Give these limits to the transactions that are opened within the ``with`` block."""
    token = _current.set(limits)
    try:
        yield
    finally:
        _current.reset(token)


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))
