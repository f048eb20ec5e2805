"""The launcher used as a library: a platform with toy services in place of the real ones."""

import json
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local import web
from deploy.local.account import temporary_state
from deploy.local.options import StackOptions
from deploy.local.ports import PortTakenError, free_port
from deploy.local.secrets import load_secrets
from deploy.local.stack import Stack, StackError
from deploy.local.state import StateFolderError, StateInUseError
from deploy.local.topology import PARTS
from tests.fixtures.modes import open_to_others, umask
from tests.fixtures.waiting import wait_until_sync


@dataclass
class Running:
    """A running platform, its options, and the events that it reported."""

    stack: Stack
    options: StackOptions
    lines: list[str]


@pytest.fixture(scope="module")
def running(nothing_to_migrate: None, toy_project: Path) -> Iterator[Running]:
    """Start one platform for the tests that do not change it.

    With its umask everybody can read new files, and its folder has a file of an earlier release.
    """
    del nothing_to_migrate
    lines: list[str] = []
    with (
        temporary_state(in_memory=True) as folder,
        pytest.MonkeyPatch.context() as patch,
        ExitStack() as closing,
    ):
        patch.setenv("STRIPE_SECRET_KEY", "from the shell")
        options = StackOptions(
            state_dir=folder,
            port=free_port(),
            senders=2,
            settings={"SCHEDULER": "off"},
            overrides={"sender": {"LOG_LEVEL": "DEBUG"}, "sender-1": {"POOL_SIZE": "3"}},
            project=toy_project,
            durable=False,
            report=lines.append,
        )
        with umask(0):
            (folder / "exports").mkdir()
            (folder / "exports" / "of an earlier release.csv").touch()
            stack = closing.enter_context(Stack(options))
        yield Running(stack, options, lines)


def environment_of(stack: Stack, name: str) -> dict[str, Any]:
    address = stack.process(name).command.env["OPS_LISTEN"]
    return web.get(f"http://{address}/").json()


def test_every_process_runs_at_the_requested_address(running: Running) -> None:
    services = {part.name for part in PARTS} - {"sender"}
    assert set(running.stack.process_names) == services | {"sender-1", "sender-2", "simulator"}
    assert running.stack.gateway_url == f"http://127.0.0.1:{running.options.port}"
    assert web.get(running.stack.gateway_url).status == 200


def test_a_process_that_dies_is_started_again(running: Running) -> None:
    messaging = running.stack.process("messaging")
    old_pid = messaging.pid
    messaging.kill()
    wait_until_sync(lambda: messaging.pid not in {old_pid, None})
    running.stack.wait_ready("messaging")
    assert "messaging ended with exit code -9; restarting it" in running.lines


def test_a_process_that_is_killed_to_stay_down_runs_again_only_when_it_is_started(
    running: Running,
) -> None:
    billing = running.stack.process("billing")
    billing.kill(keep_down=True)
    assert billing.pid is None
    with pytest.raises(StackError, match="billing did not become ready"):
        running.stack.wait_ready("billing", timeout=0.5)
    billing.start()
    running.stack.wait_ready("billing")


def test_each_process_gets_only_its_own_settings(running: Running) -> None:
    contacts = environment_of(running.stack, "contacts")
    sender = environment_of(running.stack, "sender-1")
    messaging = environment_of(running.stack, "messaging")
    assert contacts["DATABASE_URL"].startswith("postgresql://contacts:")
    assert contacts["SCHEDULER"] == "off"
    assert "STRIPE_SECRET_KEY" not in contacts
    assert "KEYRING" not in contacts
    assert sender["LOG_LEVEL"] == "DEBUG"
    assert sender["POOL_SIZE"] == "3"
    assert sender["DATABASE_URL"] == messaging["DATABASE_URL"]
    assert "GRPC_LISTEN" not in sender
    assert messaging["CONTACTS_ADDR"] == contacts["GRPC_LISTEN"]
    assert messaging["TWILIO_BASE_URL"] == f"{running.stack.simulator_url}/{{host}}"


def test_a_second_launcher_on_the_same_state_folder_is_refused(running: Running) -> None:
    second = Stack(replace(running.options, port=None))
    with pytest.raises(StateInUseError, match=f"pid {os.getpid()}"):
        second.__enter__()
    assert web.get(running.stack.gateway_url).status == 200


def test_data_and_secrets_survive_a_restart_and_settings_do_not(toy_options: StackOptions) -> None:
    with Stack(toy_options) as stack:
        with psycopg.connect(stack.postgres.url("billing")) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        assert stack.state.running_settings()["billing"]["DATABASE_URL"]
        secrets, pids = stack.secrets, [stack.process(name).pid for name in stack.process_names]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    with pytest.raises(StateFolderError, match="No platform is running"):
        stack.state.running_settings()
    with Stack(toy_options) as stack:
        assert stack.secrets == secrets
        with psycopg.connect(stack.postgres.url("billing")) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_only_the_owner_can_read_a_platforms_files_whatever_the_umask(running: Running) -> None:
    root = running.options.state_dir
    with umask(0):
        running.stack.process("billing").restart()
    running.stack.wait_ready("billing")
    assert open_to_others(root) == {}
    kept = {path.name for path in root.rglob("*")}
    assert {"secrets.json", "ports.json", "lock", "nats.conf", "gateway.log", "store"} <= kept


def test_secrets_are_readable_by_their_owner_only(running: Running) -> None:
    folder = running.options.state_dir
    (jwt_key,) = (folder / "jwt").iterdir()
    for secret in (folder / "secrets.json", jwt_key):
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "jwt").stat().st_mode) == 0o700


def test_a_process_that_keeps_failing_at_start_stops_everything_and_its_log_is_shown(
    toy_options: StackOptions,
) -> None:
    options = replace(toy_options, overrides={"contacts": {"TOY_FAILS": "yes"}})
    with pytest.raises(StackError, match=r"contacts did not become ready[^$]*was told to fail"):
        Stack(options).__enter__()
    assert not (toy_options.state_dir / "processes.json").exists()


def test_the_error_for_an_occupied_port_names_its_setting(toy_options: StackOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        options = replace(toy_options, webhooks_port=port)
        with pytest.raises(PortTakenError, match=rf"Port {port} .*WEBHOOKS_PORT"):
            Stack(options).__enter__()


def test_configured_servers_and_credentials_replace_embedded_and_simulated_ones(
    toy_options: StackOptions, superuser_url: str, nats_url: str
) -> None:
    services = ("BILLING", "CONTACTS", "MESSAGING", "CAMPAIGNS", "WEBHOOKS", "GATEWAY")
    servers = {f"DATABASE_URL_{service}": superuser_url for service in services}
    credentials = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "real"}
    given = {**servers, **credentials, "NATS_URL": nats_url}
    with Stack(replace(toy_options, given=given)) as stack:
        messaging = environment_of(stack, "messaging")
        assert stack.simulated == {"STRIPE_SECRET_KEY", "POSTMARK_SERVER_TOKEN"}
        with pytest.raises(StackError, match="needs the embedded"):
            _ = stack.postgres
    assert messaging["DATABASE_URL"] == superuser_url
    assert messaging["NATS_URL"] == nats_url
    assert messaging["TWILIO_AUTH_TOKEN"] == "real"
    assert "TWILIO_BASE_URL" not in messaging


def test_secrets_that_an_older_version_did_not_have_are_added(
    state_folder: Path,
) -> None:
    file = state_folder / "secrets.json"
    old = load_secrets(file, ["billing"])
    stored = json.loads(file.read_text())
    del stored["keyring"]
    file.write_text(json.dumps(stored))
    new = load_secrets(file, ["billing", "contacts"])
    assert new.keyring
    assert new.database_passwords["billing"] == old.database_passwords["billing"]
    assert set(new.database_passwords) == {"billing", "contacts"}
    assert load_secrets(file, ["billing", "contacts"]) == new
