"""The simulator's SQLite database. Writes of many requests share one commit."""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

SqlValue = str | int | float | bytes | None
Write = tuple[str, tuple[SqlValue, ...]]

SCHEMA = """
CREATE TABLE IF NOT EXISTS documents (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (kind, id)
);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL,
    account_sid TEXT NOT NULL,
    direction TEXT NOT NULL,
    from_number TEXT,
    to_number TEXT NOT NULL,
    body TEXT NOT NULL,
    messaging_service_sid TEXT,
    status_callback TEXT,
    status TEXT NOT NULL,
    error_code INTEGER,
    num_segments INTEGER NOT NULL,
    media_urls TEXT NOT NULL,
    price TEXT,
    requested_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    sent_at INTEGER,
    send_at INTEGER,
    request_id INTEGER,
    deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS messages_account ON messages (account_sid, id);
CREATE INDEX IF NOT EXISTS messages_to ON messages (to_number, account_sid, id);
CREATE INDEX IF NOT EXISTS messages_inbound ON messages (from_number, id)
    WHERE direction = 'inbound';
CREATE TABLE IF NOT EXISTS requests (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    host TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    params BLOB NOT NULL,
    account_sid TEXT NOT NULL,
    status INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS callbacks (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    provider TEXT NOT NULL,
    sid TEXT NOT NULL,
    url TEXT NOT NULL,
    params BLOB NOT NULL,
    attempt INTEGER NOT NULL,
    http_status INTEGER,
    error TEXT
);
CREATE INDEX IF NOT EXISTS callbacks_sid ON callbacks (sid, id);
"""
_AGAIN_S = 0.5
TABLES = ("documents", "messages", "requests", "callbacks")


class Store:
    """The database: everything in it survives a restart.

    The writes that are made in one turn of the event loop are committed together, before their
    requests are answered. The commit runs in the event loop, because it is only one `write` call
    without a sync. A writer thread would compete with the loop for the interpreter's lock at every
    row. Committed writes survive a `kill -9` of the process.

    Args:
        state_dir: Folder of the database; created if missing.
    """

    def __init__(self, state_dir: Path) -> None:
        # The database contains auth tokens, and mails with links. SQLite gives its other files the
        # same mode.
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = state_dir / "simulator.db"
        file.touch(mode=0o600)
        file.chmod(0o600)
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA wal_autocheckpoint = 4000")
        self._db.executescript(SCHEMA)
        # If a commit fails, the requests that wait for it are refused. Writes that no request waits
        # for are tried again.
        self._pending: list[Write] = []
        self._is_awaited: list[bool] = []
        self._waiters: list[asyncio.Future[None]] = []
        self._flush_scheduled = False
        self._last_ids = {table: self._max_id(table) for table in ("messages", "requests")}

    def next_id(self, table: str) -> int:
        """Reserve the next row id of `messages` or `requests`, before the row is written."""
        self._last_ids[table] += 1
        return self._last_ids[table]

    async def commit(self, writes: Iterable[Write]) -> None:
        """Commit the writes, all or none, and return when that is done.

        Raises sqlite3.Error if the commit fails, for example on a full disk.
        """
        self._add(writes, is_awaited=True)
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    def enqueue(self, writes: Iterable[Write]) -> None:
        """Add the writes to the next commit, without waiting for it.

        If that commit fails, they are added to a later one.
        """
        self._add(writes, is_awaited=False)

    def write_now(self, writes: list[Write]) -> None:
        """Commit writes at once. Used only at the start, before the event loop runs."""
        self._write(writes)

    def flush(self) -> None:
        """Commit everything pending and wake the callers that wait for it."""
        writes, awaited, waiters = self._pending, self._is_awaited, self._waiters
        self._pending, self._is_awaited, self._waiters = [], [], []
        self._flush_scheduled = False
        try:
            self._write(writes)
        except sqlite3.Error as error:
            _settle(waiters, error)
            self._keep(w for w, is_awaited in zip(writes, awaited, strict=True) if not is_awaited)
        else:
            _settle(waiters, None)

    def query(self, sql: str, params: Sequence[SqlValue] = ()) -> list[sqlite3.Row]:
        """Return the rows of a query. The query also sees writes that are not committed yet."""
        if self._pending:
            self.flush()
        return self._db.execute(sql, params).fetchall()

    def clear(self) -> None:
        """Delete everything, also the recorded requests.

        New row ids continue after the old ones.
        """
        self.flush()
        self._write([(f"DELETE FROM {table}", ()) for table in TABLES])  # noqa: S608 - constants

    def close(self) -> None:
        """Commit what is pending and close the database."""
        self.flush()
        self._db.close()

    def _add(self, writes: Iterable[Write], *, is_awaited: bool) -> None:
        before = len(self._pending)
        self._pending.extend(writes)
        self._is_awaited += [is_awaited] * (len(self._pending) - before)
        if not self._flush_scheduled:
            self._flush_scheduled = True
            asyncio.get_running_loop().call_soon(self.flush)

    def _keep(self, writes: Iterable[Write]) -> None:
        """Put back writes that no caller waits for, and commit them later.

        This is done after a commit has failed.
        """
        self._pending = list(writes)
        self._is_awaited = [False] * len(self._pending)
        if self._pending:
            self._flush_scheduled = True
            asyncio.get_running_loop().call_later(_AGAIN_S, self.flush)

    def _write(self, writes: list[Write]) -> None:
        if not writes:
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            for sql, params in writes:
                self._db.execute(sql, params)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:  # a full disk may have rolled it back already
                self._db.execute("ROLLBACK")
            raise

    def _max_id(self, table: str) -> int:
        sql = f"SELECT coalesce(max(id), 0) FROM {table}"  # noqa: S608 - a constant
        return int(self._db.execute(sql).fetchone()[0])


def _settle(waiters: list[asyncio.Future[None]], error: sqlite3.Error | None) -> None:
    for waiter in waiters:
        if waiter.done():
            continue
        if error is None:
            waiter.set_result(None)
        else:
            waiter.set_exception(error)
