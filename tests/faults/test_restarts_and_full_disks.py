"""All processes are restarted, or the disk is filled, while clients send requests."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress

import psycopg
import pytest

from deploy.local.account import temporary_state
from deploy.local.options import StackOptions
from deploy.local.servers import in_parallel
from deploy.local.stack import Stack
from deploy.local.testkit.load import Load
from deploy.local.testkit.organisation import Organisation
from deploy.local.testkit.simulator_client import SimulatorClient
from tests.faults.campaign import must_settle
from tests.fixtures.platform import SETTINGS, Platform
from tests.fixtures.small_disk import SmallDisk, small_disk
from tests.fixtures.waiting import wait_until_sync

# Seconds. A dozen processes start slowly on a busy machine.
pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

_MEGABYTES = 700
_FIRST = ("billing", "contacts", "messaging", "campaigns")
_SECOND = tuple(f"{name}-2" for name in _FIRST)
_EDGES = ("gateway", "webhooks", "sender-1")
_WITHIN = 60.0
_RECOVERS_WITHIN = 100.0
_MORE = 8
# More files of the write-ahead log than Postgres has prepared.
_LOG_FILES = 64


@pytest.fixture(scope="module")
def disk() -> Iterator[SmallDisk]:
    """Mount a small disk for a whole platform."""
    with temporary_state() as folder, small_disk(folder / "disk", _MEGABYTES) as mounted:
        yield mounted


@pytest.fixture(scope="module")
def replicated(disk: SmallDisk) -> Iterator[Platform]:
    """Start a platform on the small disk. Each service that can have two replicas has two."""
    with ExitStack() as closing:
        options = StackOptions(
            state_dir=disk.root / "state", senders=2, replicas=2, settings=SETTINGS
        )
        stack = closing.enter_context(Stack(options))
        assert stack.simulator_url
        simulator = SimulatorClient(stack.simulator_url)
        closing.callback(simulator.close)
        yield Platform(stack, simulator, closing)


def test_planned_restarts_under_load_lose_no_accepted_text(replicated: Platform) -> None:
    stack = replicated.stack
    organisation = replicated.organisation()
    load = Load(organisation, first_number=6_100_000)
    with load.running():
        for names in (_FIRST, _SECOND, _EDGES):
            restart(stack, names)
            more(load)
        stack.nats.restart()
        more(load)
        assert not load.failures
        stack.postgres.restart()
        more(load)
    assert not load.unanswered
    must_be_outages(load, stack)
    must_be_kept_once(replicated, organisation, load)


def test_a_full_disk_under_load_loses_no_accepted_text(
    replicated: Platform, disk: SmallDisk
) -> None:
    stack = replicated.stack
    organisation = replicated.organisation()
    load = Load(organisation, first_number=6_200_000)
    with load.running():
        more(load)
        disk.fill()
        wait_until_sync(lambda: len(load.failures) >= _MORE, _WITHIN, "sends refused")
        stack.process("messaging").kill()
        exhaust_write_ahead_log(stack)
        told = len(load.failures)
        wait_until_sync(lambda: len(load.failures) >= told + _MORE, _WITHIN, "sends refused")
        disk.free()
        stack.wait_ready(timeout=_RECOVERS_WITHIN)
        more(load, _RECOVERS_WITHIN)
    assert not load.unanswered
    assert {answer.status for answer in load.failures} <= {503}
    assert all(answer.retry_after for answer in load.failures)
    must_be_kept_once(replicated, organisation, load)


def exhaust_write_ahead_log(stack: Stack) -> None:
    """Fill the write-ahead log of Postgres until it can't make a new file and panics."""
    with suppress(psycopg.OperationalError), psycopg.connect(stack.superuser_url) as connection:
        connection.autocommit = True
        for _ in range(_LOG_FILES):
            connection.execute("SELECT pg_switch_wal(), pg_logical_emit_message(true, 'x', 'x')")


def restart(stack: Stack, names: Sequence[str]) -> None:
    """Restart processes at the same time, and wait until they are ready again."""
    in_parallel([stack.process(name).restart for name in names])
    stack.wait_ready(*names)


def more(load: Load, within: float = _WITHIN) -> None:
    """Wait until the platform has accepted more texts."""
    wanted = len(load.sent) + _MORE
    wait_until_sync(lambda: len(load.sent) >= wanted, within, "more texts accepted", every=0.05)


def must_be_outages(load: Load, stack: Stack) -> None:
    """Check that each failure is a 503 with Retry-After, and that the log has its cause."""
    assert {answer.status for answer in load.failures} <= {503}
    assert all(answer.retry_after for answer in load.failures)
    files = stack.state.logs.glob("gateway.log*")
    logged = "".join(file.read_text(errors="replace") for file in files)
    causes = [line for line in logged.splitlines() if '"request_unavailable"' in line]
    for answer in load.failures:
        assert any(answer.request_id in line for line in causes), answer


def must_be_kept_once(platform: Platform, organisation: Organisation, load: Load) -> None:
    """Check that each accepted text was sent once, and that the ledger is right."""
    must_settle(platform, organisation)
    texts = {text.to: str(text.message_id) for text in organisation.texts()}
    assert texts == load.sent
