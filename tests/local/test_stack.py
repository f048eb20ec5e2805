"""The whole platform as a library, with toys in the place of the services."""

import json
import os
import signal
import socket
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from deploy.local import web
from deploy.local.options import StackOptions
from deploy.local.ports import PortTakenError, free_port
from deploy.local.stack import Stack, StackError
from deploy.local.state import StateInUseError
from tests.fixtures.waiting import wait_until_sync


def environment_of(stack: Stack, name: str) -> dict[str, Any]:
    address = stack.process(name).command.env["OPS_LISTEN"]
    return web.get(f"http://{address}/").json()


def test_every_part_runs_and_is_supervised(toy_options: StackOptions) -> None:
    lines: list[str] = []
    options = replace(toy_options, senders=2, report=lines.append)
    with Stack(options) as stack:
        assert set(stack.process_names) == {
            "billing", "contacts", "messaging", "campaigns", "webhooks", "gateway",
            "sender-1", "sender-2", "simulator",
        }  # fmt: skip
        assert web.get(stack.gateway_url).status == 200
        old_pid = stack.process("messaging").pid
        stack.process("messaging").kill()
        wait_until_sync(lambda: stack.process("messaging").pid not in {old_pid, None})
        stack.wait_ready("messaging")
        pids = [stack.process(name).pid for name in stack.process_names]
    assert "messaging ended with exit code -9; it is started again" in lines
    for pid in pids:
        assert pid is not None
        assert not Path(f"/proc/{pid}").exists()


def test_a_process_killed_and_kept_down_stays_down_until_it_is_started(
    toy_options: StackOptions,
) -> None:
    with Stack(toy_options) as stack:
        billing = stack.process("billing")
        billing.kill(keep_down=True)
        assert billing.pid is None
        with pytest.raises(StackError, match="billing did not become ready"):
            stack.wait_ready("billing", timeout=0.5)
        billing.start()
        stack.wait_ready("billing")


def test_each_process_gets_its_own_settings_and_nobody_elses(
    toy_options: StackOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "from the shell")
    overrides = {"sender": {"LOG_LEVEL": "DEBUG"}, "sender-1": {"POOL_SIZE": "3"}}
    settings = {"SCHEDULER": "off"}
    with Stack(replace(toy_options, overrides=overrides, settings=settings)) as stack:
        contacts = environment_of(stack, "contacts")
        sender = environment_of(stack, "sender-1")
        messaging = environment_of(stack, "messaging")
        simulator_url = stack.simulator_url
    assert contacts["DATABASE_URL"].startswith("postgresql://contacts:")
    assert contacts["SCHEDULER"] == "off"
    assert "STRIPE_SECRET_KEY" not in contacts
    assert "KEYRING" not in contacts
    assert sender["LOG_LEVEL"] == "DEBUG"
    assert sender["POOL_SIZE"] == "3"
    assert sender["DATABASE_URL"] == messaging["DATABASE_URL"]
    assert "GRPC_LISTEN" not in sender
    assert messaging["CONTACTS_ADDR"] == contacts["GRPC_LISTEN"]
    assert messaging["TWILIO_BASE_URL"] == f"{simulator_url}/{{host}}"


def test_given_credentials_turn_the_simulation_of_that_provider_off(
    toy_options: StackOptions,
) -> None:
    given = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "real"}
    with Stack(replace(toy_options, given=given)) as stack:
        messaging = environment_of(stack, "messaging")
        assert stack.simulated == {"STRIPE_SECRET_KEY", "POSTMARK_SERVER_TOKEN"}
    assert messaging["TWILIO_AUTH_TOKEN"] == "real"
    assert "TWILIO_BASE_URL" not in messaging


def test_data_and_secrets_outlive_a_restart(toy_options: StackOptions) -> None:
    with Stack(toy_options) as stack:
        with psycopg.connect(stack.database_urls["billing"]) as connection:
            connection.execute("CREATE TABLE kept (n int)")
        secrets = stack.secrets
    with Stack(toy_options) as stack:
        assert stack.secrets == secrets
        with psycopg.connect(stack.database_urls["billing"]) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    secrets_file = toy_options.state_dir / "secrets.json"
    assert stat.S_IMODE(secrets_file.stat().st_mode) == 0o600
    (jwt_key,) = (toy_options.state_dir / "jwt").iterdir()
    assert stat.S_IMODE(jwt_key.stat().st_mode) == 0o600


def test_a_part_that_keeps_failing_stops_everything_and_shows_its_log(
    toy_options: StackOptions,
) -> None:
    options = replace(toy_options, overrides={"contacts": {"TOY_FAILS": "yes"}})
    with pytest.raises(StackError, match=r"contacts did not become ready[^$]*was told to fail"):
        Stack(options).__enter__()
    assert not (toy_options.state_dir / "processes.json").exists()


def test_a_second_launcher_on_the_same_state_folder_is_refused(
    toy_options: StackOptions,
) -> None:
    with Stack(toy_options), pytest.raises(StateInUseError, match=f"pid {os.getpid()}"):
        Stack(toy_options).__enter__()


def test_a_taken_port_is_named_with_the_setting_that_moves_it(toy_options: StackOptions) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        options = replace(toy_options, webhooks_port=port)
        with pytest.raises(PortTakenError, match=rf"port {port} .*WEBHOOKS_PORT"):
            Stack(options).__enter__()


def test_given_servers_are_used_instead_of_embedded_ones(
    toy_options: StackOptions, superuser_url: str, nats_url: str
) -> None:
    services = ("BILLING", "CONTACTS", "MESSAGING", "CAMPAIGNS", "WEBHOOKS", "GATEWAY")
    given = {f"DATABASE_URL_{service}": superuser_url for service in services}
    with Stack(replace(toy_options, given={**given, "NATS_URL": nats_url})) as stack:
        assert environment_of(stack, "billing")["DATABASE_URL"] == superuser_url
        assert environment_of(stack, "billing")["NATS_URL"] == nats_url
        with pytest.raises(StackError, match="not embedded"):
            _ = stack.postgres


def test_ports_asked_for_are_used(toy_options: StackOptions) -> None:
    port = free_port()
    with Stack(replace(toy_options, port=port)) as stack:
        assert stack.gateway_url == f"http://127.0.0.1:{port}"


def test_what_a_killed_launcher_left_is_stopped_by_the_next_start(
    toy_options: StackOptions,
) -> None:
    with Stack(toy_options) as stack:
        record = json.loads((toy_options.state_dir / "processes.json").read_text())
        assert set(record) == {*stack.process_names, "postgres", "nats"}
        assert record["nats"][0] == stack.nats.process.pid
        os.kill(record["nats"][0], signal.SIGKILL)
        wait_until_sync(lambda: stack.nats.process.pid not in {record["nats"][0], None})
        stack.nats.wait_ready()
