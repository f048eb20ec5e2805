"""The launcher of `make run`: starts the platform, makes demo data, waits for Ctrl-C."""

import os
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

import psycopg

from deploy.local.nats import NatsError
from deploy.local.options import StackOptions
from deploy.local.ports import PortTakenError
from deploy.local.postgres import PostgresError
from deploy.local.report import Progress
from deploy.local.seed import DemoAccount, SeedError, ensure_demo_organisation
from deploy.local.stack import Stack, StackError
from deploy.local.state import StateInUseError

TROUBLES = (
    StackError,
    PostgresError,
    NatsError,
    PortTakenError,
    StateInUseError,
    OSError,
    psycopg.OperationalError,
)
"""The errors with which a platform may fail to start. Each message explains the cause."""
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ALL_SIMULATED = 3


def run(senders: int, environment: Mapping[str, str] = os.environ) -> int:
    """Run the platform in the foreground until it is stopped, and return the exit code.

    `environment` may hold PORT, WEBHOOKS_PORT, SIMULATOR_PORT, STATE_DIR, credentials of providers
    and addresses of servers. The exit code is 0 after Ctrl-C, SIGTERM or SIGHUP, and 1 if the
    platform could not start.
    """
    progress = Progress()
    stack = Stack(_options(senders, environment, progress))
    for number in _STOPPING:
        signal.signal(number, _interrupt)
    try:
        stack.start()
        progress.ready(stack, _seed(stack, progress))
        threading.Event().wait()
    except KeyboardInterrupt:
        progress.line("stopping")
    except TROUBLES as trouble:
        progress.trouble(str(trouble))
        return 1
    finally:
        # From here on signals are ignored, because an interrupted stop would leave servers running.
        for number in _STOPPING:
            signal.signal(number, signal.SIG_IGN)
        stack.stop()
    progress.line("stopped")
    return 0


def _options(senders: int, environment: Mapping[str, str], progress: Progress) -> StackOptions:
    return StackOptions(
        state_dir=Path(environment.get("STATE_DIR") or ".state"),
        port=int(environment.get("PORT") or 8080),
        webhooks_port=int(environment.get("WEBHOOKS_PORT") or 8081),
        simulator_port=int(environment.get("SIMULATOR_PORT") or 8082),
        senders=senders,
        given=environment,
        report=progress.line,
    )


def _seed(stack: Stack, progress: Progress) -> DemoAccount | None:
    """Make the demo organisation, unless one of the providers is real.

    A failure is only reported, because the platform is useful without the organisation. The next
    start tries again.
    """
    if len(stack.simulated) < _ALL_SIMULATED:
        return None
    if not stack.state.demo_marker.exists():
        progress.line("making the demo organisation")
    try:
        return ensure_demo_organisation(stack)
    except (SeedError, OSError) as error:
        progress.trouble(f"the demo organisation is not complete: {error}")
        return None


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
