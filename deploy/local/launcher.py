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
from deploy.local.providers import CredentialsError
from deploy.local.report import Progress
from deploy.local.seed import DemoAccount, SeedError, ensure_demo_organisation
from deploy.local.stack import Stack, StackError
from deploy.local.state import StateFolderError, StateInUseError

TROUBLES = (
    StackError,
    PostgresError,
    NatsError,
    PortTakenError,
    CredentialsError,
    StateFolderError,
    StateInUseError,
    OSError,
    psycopg.OperationalError,
)
"""The errors with which a platform may fail to start. Each message explains the cause."""
_PORTS = {"PORT": 8080, "WEBHOOKS_PORT": 8081, "SIMULATOR_PORT": 8082, "STREAM_PORT": 8083}
_HIGHEST_PORT = 65_535
_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ALL_SIMULATED = 3


class OptionError(ValueError):
    """A setting of the launcher is invalid. The message names the setting."""


def run(senders: int, environment: Mapping[str, str] = os.environ) -> int:
    """Run the platform in the foreground until it is stopped, and return the exit code.

    `environment` may hold PORT, WEBHOOKS_PORT, SIMULATOR_PORT, STREAM_PORT, STATE_DIR, credentials
    of providers and addresses of servers. The exit code is 0 after Ctrl-C, SIGTERM or SIGHUP, and 1
    if the platform could not start.
    """
    progress = Progress()
    try:
        stack = Stack(_options(senders, environment, progress))
    except OptionError as error:
        progress.trouble(str(error))
        return 1
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
    ports = _ports(environment)
    return StackOptions(
        state_dir=state_folder(environment),
        port=ports["PORT"],
        webhooks_port=ports["WEBHOOKS_PORT"],
        simulator_port=ports["SIMULATOR_PORT"],
        stream_port=ports["STREAM_PORT"],
        senders=senders,
        given=environment,
        report=progress.line,
    )


def state_folder(environment: Mapping[str, str]) -> Path:
    """Return the folder that STATE_DIR names, or the default folder."""
    return Path(environment.get("STATE_DIR") or ".state")


def _ports(environment: Mapping[str, str]) -> dict[str, int]:
    """Return the chosen ports. Raises OptionError if one is not a port, or two are the same."""
    chosen = {name: _port(name, environment.get(name), port) for name, port in _PORTS.items()}
    for name, port in chosen.items():
        same = [other for other in chosen if other != name and chosen[other] == port]
        if same:
            raise OptionError(f"{name} and {same[0]} are both {port}. Choose different ports.")
    return chosen


def _port(name: str, value: str | None, default: int) -> int:
    if not value:
        return default
    if not (value.isdecimal() and 0 < int(value) <= _HIGHEST_PORT):
        raise OptionError(f"{name} is {value!r}. It must be a number from 1 to {_HIGHEST_PORT}.")
    return int(value)


def _seed(stack: Stack, progress: Progress) -> DemoAccount | None:
    """Create the demo organisation, unless one of the providers is real.

    A failure is only reported, because the platform is useful without the demo organisation, and
    the next start tries again.
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
