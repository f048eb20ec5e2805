"""A gateway that is killed loses only log entries that were waiting; one that stops loses none."""

import signal
from collections.abc import Callable
from pathlib import Path

import httpx
import psutil

from services.gateway.settings import GatewaySettings
from services.gateway.tests.members import sign_up
from services.gateway.tests.rpc.test_api_keys import make_key
from services.gateway.tests.test_process import environment, process
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]
_WRITTEN, _WAITING = 20, 5


def _serve_and_end(
    settings: GatewaySettings, folder: Path, rows: Rows, sign: signal.Signals
) -> list[str]:
    """Serve requests, end the worker with a signal, and return the request ids in the log."""
    env = environment(settings)
    with (
        process(env, folder / "log") as started,
        httpx.Client(base_url=f"http://{env['HTTP_LISTEN']}", timeout=60) as client,
    ):
        member = sign_up(client)
        key = {"X-Api-Key": make_key(client, member)["key"]}

        def stored() -> list[str]:
            query = "SELECT request_id FROM request_log WHERE org_id = :org AND route = '/api/me'"
            return [str(row["request_id"]) for row in rows(query, org=member.org_id)]

        def ask(*names: str) -> None:
            for name in names:
                answer = client.get("/api/me", headers={**key, "X-Request-Id": name})
                assert answer.status_code == 200

        ask(*(f"written-{number}" for number in range(_WRITTEN)))
        wait_until_sync(lambda: len(stored()) == _WRITTEN, message="the requests are written")
        ask(*(f"waiting-{number}" for number in range(_WAITING)))
        server = psutil.Process(started.pid)
        processes = server.children() if sign == signal.SIGKILL else [server]
        for each in processes:
            each.send_signal(sign)
        for each in processes:
            each.wait(30)
    return stored()


def test_a_killed_worker_loses_at_most_what_was_queued(
    settings: GatewaySettings, tmp_path: Path, rows: Rows
) -> None:
    left = _serve_and_end(settings, tmp_path, rows, signal.SIGKILL)
    assert {f"written-{number}" for number in range(_WRITTEN)} <= set(left)
    assert len(left) == len(set(left)) <= _WRITTEN + _WAITING


def test_a_worker_that_stops_writes_what_was_queued(
    settings: GatewaySettings, tmp_path: Path, rows: Rows
) -> None:
    left = _serve_and_end(settings, tmp_path, rows, signal.SIGTERM)
    assert len(left) == len(set(left)) == _WRITTEN + _WAITING
