"""Estimate which SQL statements use the processor time of Postgres.

The embedded server has no pg_stat_statements. So this module reads, fifty times a second, which
statements are running and not waiting.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from deploy.local.stack import Stack

_SECONDS = 0.02
_SHOWN = 12
_RUNNING: LiteralString = """
SELECT coalesce(datname, backend_type) || ': ' ||
  left(regexp_replace(coalesce(nullif(query, ''), backend_type), '\\s+', ' ', 'g'), 90)
FROM pg_stat_activity
WHERE wait_event IS NULL AND coalesce(state, 'active') = 'active' AND pid <> pg_backend_pid()
"""


class Statements:
    """Counts how often each statement was seen running.

    `pid` is the server process of the connection that reads the statements.
    """

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._seen: Counter[str] = Counter()

    def add(self, running: Sequence[str]) -> None:
        """Count each statement in ``running`` once more."""
        self._seen.update(running)

    def lines(self, cpu: float) -> Iterator[str]:
        """Divide the CPU-seconds ``cpu`` of Postgres among the most frequent statements."""
        for statement, times in self._seen.most_common(_SHOWN):
            yield f"{times / self._seen.total() * cpu:6.2f} {statement}"


@contextmanager
def statements_seen(stack: Stack) -> Iterator[Statements]:
    """Sample the running statements until the ``with`` block ends."""
    ended = threading.Event()
    with psycopg.connect(stack.postgres.url(), autocommit=True) as connection:
        seen = Statements(connection.info.backend_pid)

        def look() -> None:
            while not ended.wait(_SECONDS):
                seen.add([row[0] for row in connection.execute(_RUNNING)])

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            ended.set()
            thread.join()
