"""The gateway's process starts, serves and stops. Its other commands are tested here too."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.gateway.settings import GatewaySettings
from services.gateway.tests.members import Client, Member, sign_up
from tests.fixtures.commands import PROJECT, Started, forked, run_forked, wait_until_ready
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]


def environment(settings: GatewaySettings, **changes: str) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "NATS_URL": settings.nats_url.get_secret_value(),
        "INTERNAL_TOKEN_KEY": INTERNAL_KEY_TEXT,
        "KEYRING": settings.keyring.get_secret_value(),
        "OPS_LISTEN": listening(),
        "HTTP_LISTEN": listening(),
        "BILLING_ADDR": settings.billing_addr,
        "CONTACTS_ADDR": settings.contacts_addr,
        "MESSAGING_ADDR": settings.messaging_addr,
        "CAMPAIGNS_ADDR": settings.campaigns_addr,
        "WEBHOOKS_ADDR": settings.webhooks_addr,
        "PUBLIC_APP_URL": "http://127.0.0.1",
        "JWT_KEYS_DIR": settings.jwt_keys_dir,
        "POSTMARK_SERVER_TOKEN": "none",
        "POSTMARK_BASE_URL": settings.postmark_base_url,
        "POSTMARK_FROM": settings.postmark_from,
        "RATE_LIMITS": "off",
        "POOL_SIZE": "3",
        **changes,
    }


@contextmanager
def process(env: dict[str, str], log: Path) -> Iterator[Started]:
    """Run a gateway, from when it is ready."""
    with forked("services.gateway", "serve", env=env, log=log) as started:
        wait_until_ready(started, env["OPS_LISTEN"], log)
        yield started


@contextmanager
def new_interpreter(env: dict[str, str], log: Path) -> Iterator[Started]:
    """Run a gateway that is not a fork, from when it is ready."""
    argv = [sys.executable, "-m", "services.gateway", "serve"]
    given = {**os.environ, "PYTHONPATH": f"{PROJECT}:{PROJECT / 'gen'}", **env}
    with log.open("wb") as output:
        started = subprocess.Popen(  # noqa: S603 (our own Python)
            argv, env=given, cwd=PROJECT, stdout=output, stderr=output
        )
    try:
        wait_until_ready(started, env["OPS_LISTEN"], log)
        yield started
    finally:
        started.kill()
        started.wait()


def metrics_of(listen: str, workers: set[str]) -> str:
    """Return the metrics once these workers tell theirs; the second one may start later."""
    text = httpx.get(f"http://{listen}/metrics").text
    return text if set(re.findall(r'worker="(\d)"', text)) == workers else ""


def requests_counted(metrics: str) -> float:
    """Return how many requests to the API all workers have served."""
    families = text_string_to_metric_families(metrics)
    [family] = [each for each in families if each.name == "smsblaster_http_request_seconds"]
    return sum(sample.value for sample in family.samples if sample.name.endswith("_count"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stopping_gateway_finishes_its_requests(
    settings: GatewaySettings, tmp_path: Path, workers: str
) -> None:
    env = environment(settings, WEB_WORKERS=workers)
    log = tmp_path / "log"
    with (
        process(env, log) as started,
        httpx.Client(base_url=f"http://{env['HTTP_LISTEN']}", timeout=60) as client,
    ):
        member = sign_up(client)
        assert client.get("/api/me", headers=member.headers).status_code == 200
        numbers = set() if workers == "1" else {"0", "1"}
        metrics = wait_until_sync(lambda: metrics_of(env["OPS_LISTEN"], numbers))
        assert requests_counted(metrics) == 2
        statuses: list[int] = []
        body = iter_slowly(lambda: started.send_signal(signal.SIGTERM))
        headers = {**member.headers, "Content-Type": "application/json"}
        thread = threading.Thread(
            target=lambda: statuses.append(
                client.patch("/api/me", content=body, headers=headers).status_code
            )
        )
        thread.start()
        thread.join(20)
        assert statuses == [200]
        assert started.wait() == 0, log.read_text()
    lines = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    served = [line for line in lines if line["event"] == "request_served"]
    assert served[-1]["route"] == "/api/me"
    assert served[-1]["user_id"] == member.id
    assert member.email not in log.read_text()
    assert "service_stopping" in {line["event"] for line in lines}


def iter_slowly(halfway: Callable[[], object]) -> Iterator[bytes]:
    """Yield the pieces of a body, and call ``halfway`` in the middle."""
    yield b'{"name": '
    halfway()
    yield b'"Bob"}'


def test_requests_accepted_before_the_gateway_is_stopped_get_a_response(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    env = environment(settings)
    host, _, port = env["HTTP_LISTEN"].rpartition(":")
    with process(env, tmp_path / "log") as started, ExitStack() as closing:
        [worker] = psutil.Process(started.pid).children()
        # Ready means that the service is. Its server may need a moment more.
        assert httpx.get(f"http://{env['HTTP_LISTEN']}/.well-known/jwks.json").status_code == 200
        worker.suspend()
        # Before it has stopped, it could still take the signal to end.
        wait_until_sync(lambda: worker.status() == psutil.STATUS_STOPPED)
        connections = [
            closing.enter_context(socket.create_connection((host, int(port)), timeout=60))
            for _ in range(8)
        ]
        for connection in connections:
            connection.sendall(b"GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\n\r\n")
        started.send_signal(signal.SIGTERM)
        wait_until_sync(lambda: is_told_to_stop(worker.pid))
        worker.resume()
        heads = [connection.makefile("rb").readline() for connection in connections]
        assert heads == [b"HTTP/1.1 200 OK\r\n"] * len(connections)
        wait_until_sync(lambda: is_refused(host, int(port)))
        assert started.wait() == 0


def test_the_workers_of_a_killed_server_stop_too(settings: GatewaySettings, tmp_path: Path) -> None:
    env = environment(settings)
    host, _, port = env["HTTP_LISTEN"].rpartition(":")
    with new_interpreter(env, tmp_path / "log") as started:
        [worker] = psutil.Process(started.pid).children()
        # A fork that is killed takes its workers with it, in whatever state they are.
        started.send_signal(signal.SIGKILL)
        started.wait()
        wait_until_sync(lambda: not worker.is_running(), message="the worker's end")
        assert is_refused(host, int(port))


def is_told_to_stop(pid: int) -> bool:
    """Return whether a frozen process has a SIGTERM that it has not handled yet."""
    status = Path(f"/proc/{pid}/status").read_text()
    pending = next(line for line in status.splitlines() if line.startswith("ShdPnd:"))
    return bool(int(pending.split()[1], 16) & 1 << (signal.SIGTERM - 1))


def is_refused(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_all_missing_settings_are_reported_together(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert run_forked("services.gateway", "serve", env={}, log=log) == 2
    for name in ("DATABASE_URL", "NATS_URL", "HTTP_LISTEN", "JWT_KEYS_DIR", "BILLING_ADDR"):
        assert name in log.read_text()


def test_the_openapi_document_needs_no_settings(tmp_path: Path) -> None:
    assert run_forked("services.gateway", "openapi", env={}, log=tmp_path / "log") == 0
    assert json.loads((tmp_path / "log").read_text())["openapi"] == "3.1.0"


def test_the_command_grant_admin_makes_an_operator_and_is_audited(
    settings: GatewaySettings,
    tmp_path: Path,
    client: Client,
    member: Member,
    rows: Rows,
) -> None:
    argv = ("services.gateway", "grant-admin", member.email.upper())
    assert run_forked(*argv, env=environment(settings), log=tmp_path / "log") == 0
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'admin_granted'",
        org=member.org_id,
    )
    assert (entry["entity_id"], entry["actor_user_id"]) == (member.id, None)
    wait_until_sync(
        lambda: client.get("/api/me", headers=member.headers).json()["roles"] == ["owner", "ADMIN"]
    )


def test_the_command_grant_admin_fails_for_an_unknown_email_address(
    settings: GatewaySettings, tmp_path: Path
) -> None:
    argv = ("services.gateway", "grant-admin", "nobody@example.com")
    assert run_forked(*argv, env=environment(settings), log=tmp_path / "log") == 1
    assert "no user" in (tmp_path / "log").read_text()


def test_a_job_can_be_run_from_the_command_line(settings: GatewaySettings, tmp_path: Path) -> None:
    argv = ("services.gateway", "job", "forget-sessions")
    assert run_forked(*argv, env=environment(settings), log=tmp_path / "log") == 0
