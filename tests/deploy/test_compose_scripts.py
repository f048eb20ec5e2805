"""Backup, restore and upgrade of one host, on a real Postgres; only Docker is not real."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
import pytest

from deploy.local import account
from deploy.local.drills import page
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres, PostgresOptions
from tests.deploy.compose_file import ROOT
from tests.deploy.test_servers import CLIENTS
from tests.fixtures.waiting import wait_until_sync

FAKE_DOCKER = Path(__file__).with_name("fake_docker")
ORG, PERSON = uuid4(), uuid4()
RUNNING, DUE = uuid4(), uuid4()


class Host:
    """A host whose volumes are in a folder, and whose Postgres is at a port of this machine."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self.server = urlsplit(server)
        (folder / "messages" / "archive").mkdir(parents=True)
        self.backups = folder / "backups"
        self.backups.mkdir()

    def start(self, script: str, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """Start one of the scripts."""
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(FAKE_DOCKER), str(CLIENTS), os.environ["PATH"]]),
            "FAKE": str(self.folder),
            "PGHOST": str(self.server.hostname),
            "PGPORT": str(self.server.port),
            "PGPASSWORD": str(self.server.password),
            **more,
        }
        command = [str(ROOT / "deploy" / "compose" / script), *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(
            command, env=environment, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True
        )

    def run(self, script: str, *arguments: str, answer: str = "", **more: str) -> tuple[int, str]:
        """Run a script to its end. Return its status and what it printed."""
        process = self.start(script, *arguments, **more)
        output, _ = process.communicate(answer, timeout=120)
        return process.returncode, output

    def calls(self) -> list[str]:
        """Return the calls of Docker until now."""
        return (self.folder / "calls").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module")
def host(own_postgres: Postgres, migrated_database: Callable[[str], str]) -> Iterator[Host]:
    """Return a host with a running campaign, one that is due, and a text that waits."""
    with account.temporary_state() as folder:
        for service in ("campaigns", "messaging"):
            _copy_schema(migrated_database(service), own_postgres.url(), service)
        with closing(psycopg.connect(own_postgres.url("campaigns"), autocommit=True)) as campaigns:
            for campaign, status in ((RUNNING, "running"), (DUE, "scheduled")):
                campaigns.execute(
                    "INSERT INTO sms_campaigns (id, org_id, name, status, created_by, schedule_at,"
                    " started_at, next_plan_at, body, message, list_id)"
                    " VALUES (%s, %s, 'Doors', %s, %s, now(), now(), now(), 'Hi', 'Hi', %s)",
                    (campaign, ORG, status, PERSON, uuid4()),
                )
        with closing(psycopg.connect(own_postgres.url("messaging"), autocommit=True)) as messaging:
            messaging.execute(
                "INSERT INTO sms_messages (id, org_id, to_number, body, direction, status,"
                " segments, price_cents, charged)"
                " VALUES (%s, %s, '+14155550100', 'Hi', 'out', 'pending', 1, 1, true)",
                (uuid4(), ORG),
            )
        found = Host(folder, own_postgres.url())
        (folder / "messages" / "archive" / "2025-01").write_text("an old month")
        yield found


def _copy_schema(source: str, server: str, name: str) -> None:
    with closing(psycopg.connect(server, autocommit=True)) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    dumped = subprocess.run(
        [str(CLIENTS / "pg_dump"), "--schema-only", "--no-owner", source],
        capture_output=True,
        check=True,
    )
    target = server.rsplit("/", 1)[0] + f"/{name}"
    subprocess.run([str(CLIENTS / "psql"), "--quiet", target], input=dumped.stdout, check=True)


@pytest.fixture(scope="module")
def backup(host: Host) -> Path:
    """Return the folder of a backup, as if it had been made some time ago."""
    status, output = host.run("backup.sh", str(host.backups))
    assert status == 0, output
    [folder] = host.backups.iterdir()
    return folder.rename(host.backups / "20260101T000000Z")


def test_a_backup_can_be_read_only_by_its_owner(backup: Path) -> None:
    assert {file.stat().st_mode & 0o077 for file in backup.iterdir()} == {0}


def test_only_the_newest_backups_stay(host: Host, backup: Path) -> None:
    for day in ("20250101T000000Z", "20250102T000000Z"):
        (host.backups / day).mkdir()
    (host.backups / "notes").mkdir()
    status, output = host.run("backup.sh", str(host.backups), KEEP="2", FAKE_IDLE="1")
    assert status == 0, output
    left = sorted(folder.name for folder in host.backups.iterdir())
    assert [backup.name, "notes"] == [left[0], left[-1]]
    assert len(left) == 3


def test_a_restore_that_nobody_confirms_changes_nothing(host: Host, backup: Path) -> None:
    before = host.calls()
    status, output = host.run("restore.sh", str(backup), answer="no\n")
    assert (status, host.calls()) == (1, before), output


def test_a_damaged_backup_is_not_restored(host: Host, backup: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(backup, damaged)
    (damaged / "messages.tar.gz").write_bytes(b"damaged")
    before = host.calls()
    status, output = host.run("restore.sh", str(damaged), "--yes")
    assert status != 0
    assert "messages.tar.gz: FAILED" in output
    assert host.calls() == before


def test_after_a_restore_nothing_is_sent_that_may_have_been_sent(
    host: Host, backup: Path, tmp_path: Path
) -> None:
    with account.temporary_state() as folder:
        new = Host(folder, host.server.geturl())
        port = free_port()
        new.server = new.server._replace(netloc=f"postgres:superuser@{new.server.hostname}:{port}")
        restoring = new.start("restore.sh", str(backup), "--yes")
        calls = new.folder / "calls"
        wait_until_sync(
            lambda: calls.exists() and "up --detach --wait postgres" in calls.read_text()
        )
        postgres = _restored(folder, port)
        try:
            (folder / "started").touch()
            output, _ = restoring.communicate(timeout=120)
            assert restoring.returncode == 0, output
            _nothing_is_sent(postgres)
        finally:
            postgres.stop()
        assert (folder / "messages" / "archive" / "2025-01").read_text() == "an old month"
        assert new.calls()[-1] == "compose up --detach --wait"


def _restored(folder: Path, port: int) -> Postgres:
    """Start a server on the data that the script has restored."""
    options = PostgresOptions(
        home=folder / "postgres", log_file=folder / "postgres.log", port=port, password="superuser"
    )
    user = account.server_user()
    if user is not None:
        for path in (options.home, *options.home.rglob("*")):
            shutil.chown(path, user)
    server = Postgres(options)
    server.start()
    return server


def _nothing_is_sent(postgres: Postgres) -> None:
    with closing(psycopg.connect(postgres.url("campaigns"))) as campaigns:
        found = campaigns.execute("SELECT id, status, status_reason FROM sms_campaigns").fetchall()
    assert set(found) == {(RUNNING, "paused", "restored"), (DUE, "draft", None)}
    with closing(psycopg.connect(postgres.url("messaging"))) as messaging:
        assert messaging.execute("SELECT status FROM sms_messages").fetchall() == [("unknown",)]


def test_an_upgrade_backs_up_and_migrates_before_it_starts_the_processes(
    host: Host, tmp_path: Path
) -> None:
    upgrade = _checkout(tmp_path)
    before = len(host.calls())
    host.run(str(upgrade), str(tmp_path / "backups"), FAKE_IDLE="1")
    calls = [call.split(" --entrypoint")[0] for call in host.calls()[before:]]
    steps = [call for call in calls if "migrate" not in call]
    assert [step.split()[1] for step in steps] == ["exec", "run", "build", "up", "prune"]
    assert len(calls) - len(steps) == 6
    assert "REDIS_PASSWORD=" in (tmp_path / ".env").read_text(encoding="utf-8")


def test_an_upgrade_that_does_not_come_up_says_how_to_go_back(host: Host, tmp_path: Path) -> None:
    status, output = host.run(
        str(_checkout(tmp_path)), str(tmp_path / "backups"), FAKE_UP="1", FAKE_IDLE="1"
    )
    assert status == 1
    assert "To go back, check out the release before" in output


def _checkout(folder: Path) -> Path:
    """Copy the scripts beside an `.env` of an older release, and return the upgrade script."""
    (folder / "deploy").mkdir()
    shutil.copytree(ROOT / "deploy" / "compose", folder / "deploy" / "compose")
    (folder / ".env").write_text("KEYRING=old\n", encoding="utf-8")
    return folder / "deploy" / "compose" / "upgrade.sh"


@pytest.mark.parametrize("service", ["campaigns", "messaging"])
def test_the_script_executes_the_statements_of_the_page_after_a_restore(service: str) -> None:
    executed = _words((ROOT / "deploy" / "after_restore" / f"{service}.sql").read_text("utf-8"))
    steps = page.blocks("older", page.PAGE.read_text("utf-8"))
    of_service = [step.text for step in steps if step.service == service]
    assert of_service
    for statement in of_service:
        assert _words(statement) in executed


def _words(statements: str) -> str:
    """Return SQL without comments and line breaks."""
    lines = (line.partition("--")[0] for line in statements.splitlines())
    return " ".join(" ".join(lines).split())
